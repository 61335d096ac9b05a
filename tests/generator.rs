//! The GraphPNAS generator as a distribution: normalisation, sampling frequencies, and equal training on CPU and GPU.

use crate::common;

use graphpnas::device::Device;
use graphpnas::generator::SamplingPolicy;
use graphpnas::generator::graphpnas::{Dimensions, GeneratorWeights, GraphNetwork, GraphPolicyTrainer, Rollout, Row};
use graphpnas::graph::Graph;
use graphpnas::space::{Explorer, Limits, Space};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// The combinations of labels in the spaces: none, edge labels, node labels with an output label.
const KINDS: [[usize; 2]; 3] = [[0, 0], [0, 3], [3, 0]];

fn limits([node_labels, edge_labels]: [usize; 2]) -> Limits {
    let output_label = (node_labels as u8).checked_sub(1);
    Limits { max_nodes: 3, min_nodes: 1, node_labels, edge_labels, in_degree: 2, input_label: None, output_label }
}

/// Creates a generator whose random weights are large enough for clearly different probabilities.
fn network(limits: Limits, device: &Device) -> GraphNetwork {
    let shape = Dimensions { limits, hidden: 12, mixtures: 3, layers: 2, attention: 8 };
    let mut weights = GeneratorWeights::random(&shape, &mut ChaCha8Rng::seed_from_u64(5));
    weights.heads.iter_mut().for_each(|weight| *weight *= 3.0);
    let mut network = GraphNetwork::new(shape, device).unwrap();
    network.reset(&weights).unwrap();
    network
}

/// Returns every graph that can be drawn.
fn all_graphs(limits: Limits) -> Vec<Graph> {
    let mut done = Vec::new();
    let mut open = vec![Graph::empty(0)];
    while let Some(graph) = open.pop() {
        let last = graph.nodes().checked_sub(1).map(|node| graph.node_label(node));
        if graph.nodes() == limits.max_nodes || (last.is_some() && last == limits.output_label) {
            done.push(graph);
            continue;
        }
        for edges in all_edges(graph.nodes(), limits.edge_labels.max(1) as u8) {
            for label in 0..limits.node_labels.max(1) as u8 {
                open.push(Row { edges: edges.clone(), label }.added_to(&graph));
            }
        }
    }
    done
}

fn all_edges(count: usize, labels: u8) -> Vec<Vec<Option<u8>>> {
    let options: Vec<_> = std::iter::once(None).chain((0..labels).map(Some)).collect();
    (0..count).fold(vec![Vec::new()], |rows, _| {
        rows.iter().flat_map(|row| options.iter().map(|edge| [row.as_slice(), &[*edge]].concat())).collect()
    })
}

#[test]
fn probabilities_sum_to_one() {
    for kind in KINDS {
        let mut network = network(limits(kind), &Device::Cpu);
        for policy in common::POLICIES {
            let mut rollout = Rollout::new(&network, policy).unwrap();
            let graphs = all_graphs(limits(kind));
            let sum: f64 = graphs.iter().map(|graph| rollout.log_probability(&mut network, graph).unwrap().exp()).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{} graphs of {kind:?} sum to {sum}", graphs.len());
        }
    }
}

#[test]
fn the_first_node_has_the_input_label_of_the_space() {
    let limits = Limits { input_label: Some(1), ..limits([3, 0]) };
    let mut network = network(limits, &Device::Cpu);
    for policy in common::POLICIES {
        let mut rollout = Rollout::new(&network, policy).unwrap();
        let mut sums = [0.0; 3];
        for graph in all_graphs(limits) {
            sums[usize::from(graph.node_label(0))] += rollout.log_probability(&mut network, &graph).unwrap().exp();
        }
        assert!((sums[1] - 1.0).abs() < 1e-5 && sums[0] + sums[2] == 0.0, "{sums:?}");
        let drawn = rollout.draw(&mut network, 200, &mut ChaCha8Rng::seed_from_u64(6)).unwrap();
        assert!(drawn.iter().all(|one| one.graph.node_label(0) == 1 && one.log_probability.is_finite()));
        let beam = rollout.beam(&mut network, 8).unwrap();
        assert!(beam.iter().all(|one| one.graph.node_label(0) == 1 && one.log_probability.is_finite()));
    }
}

/// Pearson's chi-squared statistic of the samples is below its 99.9 % quantile (Wilson-Hilferty approximation).
#[test]
fn sampling_frequencies_match_probabilities() {
    const DRAWS: usize = 20_000;
    for kind in KINDS {
        let mut network = network(limits(kind), &Device::Cpu);
        let mut rollout = Rollout::new(&network, common::MIXED).unwrap();
        let mut counts: HashMap<Graph, usize> = HashMap::new();
        for drawn in rollout.draw(&mut network, DRAWS, &mut ChaCha8Rng::seed_from_u64(6)).unwrap() {
            let exact = rollout.log_probability(&mut network, &drawn.graph).unwrap();
            assert!((drawn.log_probability - exact).abs() < 1e-9);
            *counts.entry(drawn.graph).or_default() += 1;
        }
        let (mut statistic, mut cells, mut rest) = (0.0, 0.0_f64, [0.0; 2]);
        for graph in all_graphs(limits(kind)) {
            let expected = DRAWS as f64 * rollout.log_probability(&mut network, &graph).unwrap().exp();
            let seen = counts.get(&graph).copied().unwrap_or(0) as f64;
            if expected < 5.0 {
                rest = [rest[0] + expected, rest[1] + seen];
            } else {
                statistic += (seen - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        if rest[0] > 5.0 {
            statistic += (rest[1] - rest[0]).powi(2) / rest[0];
            cells += 1.0;
        }
        let freedom = cells - 1.0;
        let spread = 2.0 / (9.0 * freedom);
        let bound = freedom * (1.0 - spread + 3.09 * spread.sqrt()).powi(3);
        assert!(statistic < bound, "{kind:?}: {statistic} over {bound} for {freedom} degrees of freedom");
    }
}

#[test]
fn beam_search_finds_the_most_likely_graph() {
    for kind in KINDS {
        let mut network = network(limits(kind), &Device::Cpu);
        let mut rollout = Rollout::new(&network, SamplingPolicy::LEARNED).unwrap();
        let exact = |rollout: &mut Rollout, network: &mut GraphNetwork, graph: &Graph| {
            rollout.log_probability(network, graph).unwrap()
        };
        let best = all_graphs(limits(kind))
            .iter()
            .map(|graph| exact(&mut rollout, &mut network, graph))
            .fold(f64::NEG_INFINITY, f64::max);
        let beam = rollout.beam(&mut network, 64).unwrap();
        assert!((beam[0].log_probability - best).abs() < 1e-9, "{kind:?}");
    }
}

/// Graphs of 32 nodes, the size of RandWire, can be trained on and sampled.
#[test]
fn the_largest_graphs_are_trained_on_and_sampled() {
    let space = crate::common::opened("randwire");
    let limits = space.limits();
    assert_eq!(limits.max_nodes, 32);
    let shape = Dimensions { limits, hidden: 40, mixtures: 3, layers: 2, attention: 16 };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut network = GraphNetwork::new(shape, &Device::Cpu).unwrap();
    network.reset(&GeneratorWeights::random(&shape, &mut rng)).unwrap();
    let mut trainer = GraphPolicyTrainer::new(&network, 2).unwrap();
    let stages = space.explore(&Explorer::ErdosRenyi { p: 0.2 }, &mut rng).split(3);
    let batch = [(&stages[0], 1.0), (&stages[1], -0.5)];
    let mut losses = Vec::new();
    for _ in 0..5 {
        trainer.step(&mut network, &batch, 1e-3).unwrap();
        losses.push(trainer.loss().unwrap());
    }
    assert!(losses.iter().all(|loss| loss.is_finite()) && losses[4] < losses[0], "{losses:?}");
    let drawn = Rollout::new(&network, SamplingPolicy::LEARNED).unwrap().draw(&mut network, 3, &mut rng).unwrap();
    assert!(drawn.iter().all(|one| one.graph.nodes() == 32 && one.log_probability.is_finite()));
}

/// Returns the losses of the first hundred steps with fixed weights and batches.
fn hundred_losses(space: &dyn Space, device: &Device) -> Vec<f32> {
    let shape = Dimensions { limits: space.limits(), hidden: 24, mixtures: 10, layers: 7, attention: 128 };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut network = GraphNetwork::new(shape, device).unwrap();
    network.reset(&GeneratorWeights::random(&shape, &mut rng)).unwrap();
    let mut trainer = GraphPolicyTrainer::new(&network, 2).unwrap();
    let graphs: Vec<_> = (0..10).map(|_| space.explore(&Explorer::ErdosRenyi { p: 0.5 }, &mut rng)).collect();
    (0..100)
        .map(|step| {
            let pair = [step % 10, (3 * step + 1) % 10].map(|place| (&graphs[place], 0.1 + 0.09 * place as f32));
            trainer.step(&mut network, &pair, 1e-3).unwrap();
            trainer.loss().unwrap()
        })
        .collect()
}

#[test]
fn both_devices_have_equal_losses_for_a_hundred_steps() {
    for space in [&*crate::common::opened("nasbench201") as &dyn Space, &*crate::common::opened("nasbench101")] {
        let [cpu, gpu] = [Device::Cpu, common::gpu()].map(|device| hundred_losses(space, &device));
        for (step, (a, b)) in cpu.iter().zip(&gpu).enumerate() {
            assert!((a - b).abs() <= 1e-3 * a.abs(), "{} step {step}: {a} and {b}", space.name());
        }
        // Every ten steps use the same ten batches.
        let sums = [&cpu[..10], &cpu[90..]].map(|losses| losses.iter().sum::<f32>());
        assert!(sums[1] < 0.9 * sums[0], "{} learns: {sums:?}", space.name());
    }
}
