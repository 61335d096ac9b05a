//! Exact probabilities, sampling frequencies, and beam search.

use super::{common, graphs, network, rng, shapes};
use graphpnas::device::Device;
use graphpnas::generator::SamplingPolicy;
use graphpnas::generator::lstm::{Controller, Script};
use graphpnas::graph::Graph;
use graphpnas::space;
use std::collections::HashMap;

#[test]
fn scripts_reconstruct_graphs() {
    for name in space::names() {
        let space = space::open(name).unwrap();
        let limits = space.limits();
        for attention in [false, true] {
            let script = Script::new(graphpnas::generator::lstm::Dimensions { limits, hidden: 8, attention });
            let labels = if limits.node_labels > 0 { limits.max_nodes } else { 0 };
            let edges = limits.max_nodes * (limits.max_nodes - 1) / 2;
            assert_eq!(script.decisions().len(), labels + edges);
            assert_eq!(script.steps().len(), labels + if attention { limits.max_nodes } else { edges });
            for seed in 0..20 {
                let graph = space.explore(&space::Explorer::Uniform, &mut rng(seed));
                for part in graph.split(space.parts()) {
                    let choices = script.choices(&part);
                    assert!(script.ended(&choices) && !script.ended(&choices[..choices.len() - 1]));
                    assert_eq!(script.graph(&choices), part);
                }
            }
        }
    }
}

#[test]
fn probabilities_sum_to_one() {
    for shape in shapes(6) {
        let controller = Controller::new(&network(shape, &Device::Cpu)).unwrap();
        let graphs = graphs(shape.limits);
        for policy in common::POLICIES {
            let sum: f64 = graphs.iter().map(|graph| controller.log_probability(graph, policy).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{shape:?} at {policy:?}: {sum}");
        }
        let mut foreign = Graph::empty(shape.limits.max_nodes);
        foreign.set_edge(0, 1, 200).unwrap();
        foreign.set_node_label(0, 200).unwrap();
        assert_eq!(controller.log_probability(&foreign, SamplingPolicy::LEARNED), f64::NEG_INFINITY);
    }
}

#[test]
fn sampling_frequencies_match_probabilities() {
    const DRAWS: usize = 20_000;
    for shape in shapes(6) {
        let controller = Controller::new(&network(shape, &Device::Cpu)).unwrap();
        let mut counts: HashMap<Graph, f64> = HashMap::new();
        for sample in controller.draw(DRAWS, common::MIXED, &mut rng(1)) {
            let exact = controller.log_probability(&sample.drawn.graph, common::MIXED);
            assert!((sample.drawn.log_probability - exact).abs() < 1e-9 && sample.entropy > 0.0);
            *counts.entry(sample.drawn.graph).or_default() += 1.0;
        }
        // Graphs too rare for the test form one class.
        let (mut statistic, mut classes, mut rare) = (0.0, 0.0_f64, (0.0, 0.0));
        for graph in graphs(shape.limits) {
            let expected = DRAWS as f64 * controller.log_probability(&graph, common::MIXED).exp();
            let count = counts.get(&graph).copied().unwrap_or(0.0);
            if expected < 10.0 {
                rare = (rare.0 + expected, rare.1 + count);
                continue;
            }
            statistic += (count - expected).powi(2) / expected;
            classes += 1.0;
        }
        statistic += (rare.1 - rare.0).powi(2) / rare.0.max(1.0);
        // Chi-squared has mean n and variance 2n; the bound is four standard deviations above the mean.
        assert!(
            classes > 5.0 && statistic < classes + 4.0 * (2.0 * classes).sqrt(),
            "{shape:?}: {statistic} of {classes}"
        );
    }
}

#[test]
fn a_beam_as_wide_as_the_space_finds_the_most_likely_graph() {
    for shape in shapes(6) {
        let controller = Controller::new(&network(shape, &Device::Cpu)).unwrap();
        let mut all: Vec<_> = graphs(shape.limits)
            .iter()
            .map(|graph| controller.log_probability(graph, SamplingPolicy::LEARNED))
            .collect();
        all.sort_by(|a, b| b.total_cmp(a));
        let found = controller.beam(all.len(), SamplingPolicy::LEARNED);
        assert_eq!(found.len(), all.len());
        assert!(found.iter().zip(&all).all(|(drawn, log)| (drawn.log_probability - log).abs() < 1e-9));
        assert_eq!(controller.beam(1, SamplingPolicy::LEARNED).len(), 1);
    }
}
