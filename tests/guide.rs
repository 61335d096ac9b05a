//! The surrogate guide: its Gaussian process, and its effect on searches on the NAS-Bench-201 table.

use crate::score::scorer;
use graphpnas::device::{Device, DeviceChoice};
use graphpnas::evaluate::{Table, TableEvaluator};
use graphpnas::generator::graphpnas::GraphPnas;
use graphpnas::generator::{Generator, Random};
use graphpnas::graph::Graph;
use graphpnas::network::Task;
use graphpnas::score::{Measure, PoolScorer, StructuralFeatures};
use graphpnas::search::{
    Config, ExploreSchedule, Guide, GuideConfig, Outcome, Prior, Request, SearchLoop, Silent, Surrogate, first_weights,
    repeat,
};
use graphpnas::space::{self, Explorer, Space};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::HashSet;
use std::sync::Arc;

fn nasbench201() -> Arc<dyn Space> {
    space::open("nasbench201").unwrap()
}

/// Returns distinct random cells.
fn cells(count: usize) -> Vec<Graph> {
    let (space, mut rng) = (nasbench201(), StdRng::seed_from_u64(1));
    let mut cells: Vec<Graph> = Vec::new();
    while cells.len() < count {
        let cell = space.explore(&Explorer::Uniform, &mut rng);
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    cells
}

/// Returns a chain of this many nodes.
fn line(nodes: usize) -> Graph {
    let mut graph = Graph::empty(nodes);
    (1..nodes).for_each(|node| graph.set_edge(node - 1, node, 0).unwrap());
    graph
}

#[test]
fn edit_distance_counts_nodes_edges_and_labels() {
    assert_eq!(line(4).edit_distance(&line(4)), 0);
    assert_eq!(line(4).edit_distance(&Graph::empty(4)), 3, "three edges");
    assert_eq!(line(4).edit_distance(&line(6)), 4, "two nodes and two edges");
    assert_eq!(line(6).edit_distance(&line(4)), 4);
    let mut other = line(4);
    other.set_node_label(0, 1).unwrap();
    other.set_edge(0, 1, 2).unwrap();
    assert_eq!(line(4).edit_distance(&other), 2, "labels count too");
}

#[test]
fn without_observations_the_posterior_is_the_prior() {
    let posterior = Surrogate::new(0.3, 0.01).posterior(&line(3), &[]);
    assert_eq!((posterior.mean, posterior.variance), (0.0, 1.0));
}

#[test]
fn one_observation_matches_the_closed_form() {
    let (decay, noise) = (0.3, 0.1);
    let mut surrogate = Surrogate::new(decay, noise);
    surrogate.learn(&line(4), &[], 2.0);
    let posterior = surrogate.posterior(&line(6), &[]);
    let covariance = (-4.0 * decay).exp();
    approx::assert_relative_eq!(posterior.mean, covariance / (1.0 + noise) * 2.0, max_relative = 1e-12);
    approx::assert_relative_eq!(
        posterior.variance,
        1.0 - covariance * covariance / (1.0 + noise),
        max_relative = 1e-12
    );
}

#[test]
fn features_act_as_a_linear_regression() {
    // The graphs are so different that only the features matter: y = 2 a - b, with weights from N(0, 1).
    let mut surrogate = Surrogate::new(10.0, 1e-6);
    let points = [[1.0, 0.0], [0.0, 1.0], [3.0, 1.0], [-2.0, 4.0], [5.0, -5.0]];
    for (place, [a, b]) in points.into_iter().enumerate() {
        surrogate.learn(&line(4 * place + 2), &[a, b], 2.0 * a - b);
    }
    let nothing = surrogate.posterior(&line(40), &[0.0, 0.0]);
    assert!(nothing.mean.abs() < 0.3 && nothing.variance > 0.9, "{nothing:?}");
    let posterior = surrogate.posterior(&line(40), &[10.0, 10.0]);
    // (X'X + I)^-1 X'y = [1662, -880] / 860, because the kernel of each graph acts as noise of variance 1.
    approx::assert_relative_eq!(posterior.mean, 10.0 * (1662.0 - 880.0) / 860.0, max_relative = 1e-3);
    let far = surrogate.posterior(&line(40), &[100.0, 100.0]).variance;
    assert!(far > posterior.variance, "the variance grows with the distance: {far}, {posterior:?}");
    // Without observations, the variance is that of the kernel plus that of the weights.
    let unknown = Surrogate::new(0.3, 0.01).posterior(&line(3), &[3.0, 4.0]);
    assert_eq!((unknown.mean, unknown.variance), (0.0, 26.0));
}

#[test]
fn a_guide_with_structure_prefers_larger_networks_unless_rewards_contradict() {
    let space = nasbench201();
    let structure = StructuralFeatures::new(Arc::clone(&space), Task::CIFAR10);
    let cell = |arch: &str| space.encode(arch).unwrap();
    let large = cell("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_1x1~2|");
    let small = cell("|skip_connect~0|+|skip_connect~0|avg_pool_3x3~1|+|skip_connect~0|skip_connect~1|avg_pool_3x3~2|");
    let config = GuideConfig { candidates: 2, confidence: 0.0, prior: Prior::Structure, ..GuideConfig::default() };
    let prefers_large = |known: &[Graph]| {
        let guide = Guide::new(known.iter(), &config, Some(&structure));
        guide.acquisition(&large) > guide.acquisition(&small)
    };
    assert!(prefers_large(&[]), "the prior mean increases with multiply-adds");
    let mut by_size = cells(30);
    by_size.sort_by(|one, other| structure.measured(other)[0].total_cmp(&structure.measured(one)[0]));
    assert!(prefers_large(&by_size));
    by_size.reverse();
    assert!(!prefers_large(&by_size), "rewards that fall with size outweigh the prior");
}

#[test]
fn the_scored_preset_finds_the_best_cell_in_few_evaluations() {
    // Medians of other seeds are 26 and 28 evaluations; random search needs thousands.
    for dataset in ["cifar10", "imagenet16"] {
        let table = table(dataset);
        let preset = config(&format!("nasbench201-{dataset}-scored"), &["evaluations=50", "generator.name=random"]);
        let structure = Arc::new(StructuralFeatures::new(nasbench201(), Task::CIFAR10));
        let run = |seed: u64| {
            let config = Config { seed, ..preset.clone() };
            let generator = Box::new(Random::new(nasbench201(), config.generator.explorer));
            let evaluator = Box::new(TableEvaluator::new(Arc::clone(&table), nasbench201()));
            let search = SearchLoop::new(config, nasbench201(), evaluator, generator);
            let scorer = PoolScorer::new(nasbench201(), Task::CIFAR10, Measure::Macs, scorer(1, 1));
            search.with_structure(Some(Arc::clone(&structure))).with_pool_scorer(Some(scorer)).run(&mut Silent)
        };
        let found = repeat(&[1, 2, 3], 2, run).unwrap();
        assert_eq!(found, again(&found, &repeat(&[1, 2, 3], 2, run).unwrap()));
        assert!(mean(&found) > table.optimum() - 0.2, "{dataset}: {}", mean(&found));
    }
}

#[test]
fn a_process_with_low_noise_interpolates() {
    let cells = cells(100);
    let mut surrogate = Surrogate::new(0.3, 1e-9);
    let value = |place: usize| (place as f64 * 0.7).sin();
    cells.iter().enumerate().for_each(|(place, cell)| surrogate.learn(cell, &[], value(place)));
    for (place, cell) in cells.iter().enumerate() {
        let posterior = surrogate.posterior(cell, &[]);
        approx::assert_relative_eq!(posterior.mean, value(place), epsilon = 1e-5);
        assert!(posterior.variance < 1e-6, "{posterior:?}");
    }
}

#[test]
fn repeated_observations_of_a_graph_are_averaged() {
    for noise in [1e-300, 0.5] {
        let mut surrogate = Surrogate::new(0.3, noise);
        for _ in 0..50 {
            surrogate.learn(&line(4), &[], 1.0);
            surrogate.learn(&line(4), &[], -1.0);
        }
        let posterior = surrogate.posterior(&line(4), &[]);
        assert!(posterior.mean.is_finite() && (0.0..0.01).contains(&posterior.variance), "{noise}: {posterior:?}");
    }
    let mut surrogate = Surrogate::new(0.3, 0.5);
    (0..1000).for_each(|turn| surrogate.learn(&line(4), &[], f64::from(turn % 2)));
    approx::assert_relative_eq!(surrogate.posterior(&line(4), &[]).mean, 0.5, epsilon = 1e-2);
}

proptest! {
    #[test]
    fn observations_never_increase_the_variance(order in Just((0..30).collect::<Vec<usize>>()).prop_shuffle()) {
        let cells = cells(31);
        let mut surrogate = Surrogate::new(0.3, 0.01);
        let mut before = 1.0;
        for place in order {
            surrogate.learn(&cells[place], &[], 0.1 * place as f64);
            let now = surrogate.posterior(&cells[30], &[]).variance;
            prop_assert!(now <= before + 1e-12);
            prop_assert!(surrogate.posterior(&cells[place], &[]).variance < 0.011);
            before = now;
        }
    }
}

#[test]
fn acquisition_prefers_neighbours_of_the_best_and_unknown_graphs() {
    let acquisition = |confidence: f64, graph: &Graph| {
        let known: Vec<Graph> = [12, 11, 10, 3, 4, 5].map(line).to_vec();
        let config = GuideConfig { candidates: 2, confidence, ..GuideConfig::default() };
        Guide::new(known.iter(), &config, None).acquisition(graph)
    };
    assert!(acquisition(0.0, &line(13)) > acquisition(0.0, &line(2)), "neighbours of the best over those of the worst");
    assert!(acquisition(9.0, &line(40)) > acquisition(9.0, &line(12)), "unknown graphs over known graphs");
    let config = GuideConfig { candidates: 2, confidence: 1.0, ..GuideConfig::default() };
    assert_eq!(Guide::new(std::iter::empty(), &config, None).acquisition(&line(4)), 1.0);
}

fn config(preset: &str, sets: &[&str]) -> Config {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    Request { preset: Some(preset), sets: &sets, ..Request::default() }.resolve().unwrap()
}

fn table(dataset: &str) -> Arc<Table> {
    Arc::new(Table::built_in("nasbench201", dataset).unwrap().unwrap())
}

/// Runs the seeds 1 to 3; `random` uses the random generator without exploration rounds.
fn runs(table: &Arc<Table>, config: &Config, random: bool) -> Vec<Outcome> {
    let run = |seed: u64| {
        let mut config = Config { seed, ..config.clone() };
        let generator: Box<dyn Generator> = if random {
            config.explore.schedule = ExploreSchedule::None;
            Box::new(Random::new(nasbench201(), config.generator.explorer))
        } else {
            Box::new(graphpnas(&config))
        };
        let evaluator = Box::new(TableEvaluator::new(Arc::clone(table), nasbench201()));
        SearchLoop::new(config, nasbench201(), evaluator, generator).run(&mut Silent)
    };
    repeat(&[1, 2, 3], 2, run).unwrap()
}

fn graphpnas(config: &Config) -> GraphPnas {
    let (space, device) = (nasbench201(), Device::open(&DeviceChoice::Cpu).unwrap());
    GraphPnas::new(
        graphpnas::generator::Target::all(&space),
        &config.generator,
        config.train,
        &device,
        &mut first_weights(config.seed),
    )
    .unwrap()
}

fn mean(runs: &[Outcome]) -> f64 {
    runs.iter().map(|run| run.best.reward).sum::<f64>() / runs.len() as f64
}

#[test]
fn the_guided_presets_clearly_beat_random_search() {
    // The authors' runs are 1.1 and 2.2 points above random search after 100 evaluations (docs/method.md section 3).
    for (dataset, margin) in [("cifar10", 0.5), ("imagenet16", 1.0)] {
        let (table, preset) = (table(dataset), format!("nasbench201-{dataset}-guided"));
        let guided = runs(&table, &config(&preset, &["evaluations=60"]), false);
        let random = runs(&table, &config(&preset, &["evaluations=60", "guide.candidates=1"]), true);
        println!("{dataset}: guided {} random {}", mean(&guided), mean(&random));
        assert!(mean(&guided) > mean(&random) + margin, "{dataset}: {} {}", mean(&guided), mean(&random));
    }
}

#[test]
fn any_generator_can_be_guided_in_batches() {
    let table = table("cifar10");
    for batch in ["batch=1", "batch=7"] {
        let sets = ["evaluations=60", batch, "guide.candidates=30"];
        let guided = runs(&table, &config("nasbench201-cifar10", &sets), true);
        assert_eq!(guided, again(&guided, &runs(&table, &config("nasbench201-cifar10", &sets), true)));
        let plain = runs(&table, &config("nasbench201-cifar10", &[sets[0], batch]), true);
        assert!(mean(&guided) > mean(&plain), "{batch}: {} {}", mean(&guided), mean(&plain));
        for run in guided {
            let names: HashSet<&String> = run.history.iter().map(|record| &record.arch).collect();
            assert_eq!(names.len(), 60);
        }
    }
}

/// Returns the second runs with the seconds of the first runs, because times are not reproducible.
fn again(first: &[Outcome], second: &[Outcome]) -> Vec<Outcome> {
    let seconds = first.iter().map(|run| run.seconds);
    second.iter().cloned().zip(seconds).map(|(run, seconds)| Outcome { seconds, ..run }).collect()
}
