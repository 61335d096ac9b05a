//! Policy updates: trained graphs become more likely, and searches on benchmark tables work in every mode.

use super::{common, rng};
use graphpnas::Search;
use graphpnas::device::Device;
use graphpnas::generator::lstm::{Lstm, LstmConfig, Training};
use graphpnas::generator::{Generator, PolicyUpdateConfig, Scored, Target};
use graphpnas::graph::Graph;
use graphpnas::search::{Outcome, Request, Silent};
use graphpnas::space::{self, Explorer};

fn config(training: Training) -> LstmConfig {
    LstmConfig { training, hidden: 16, learning_rate: 1e-2, baseline_decay: 0.9, ..LstmConfig::default() }
}

fn lstm(space: &str, attention: bool, config: LstmConfig, epochs: usize) -> Lstm {
    let space = space::open(space).unwrap();
    let (config, train) =
        (LstmConfig { attention, ..config }, PolicyUpdateConfig { epochs, ..PolicyUpdateConfig::default() });
    Lstm::new(Target::all(&space), config, train, 1.0, &Device::Cpu, &mut rng(1)).unwrap()
}

/// Returns proposed graphs.
fn proposed(generator: &mut dyn Generator, count: usize, rng: &mut dyn rand::Rng) -> Vec<Graph> {
    generator.propose(count, 0.0, rng).unwrap().into_iter().map(|one| one.graph).collect()
}

#[test]
fn graphs_of_the_replay_set_are_proposed() {
    for attention in [false, true] {
        let space = space::open("nasbench201").unwrap();
        let mut lstm = lstm("nasbench201", attention, config(Training::Replay), 30);
        let best = space.explore(&Explorer::Uniform, &mut rng(3));
        let worst = space.explore(&Explorer::Uniform, &mut rng(4));
        let scored = |graph: &Graph, reward| Scored { graph: graph.clone(), reward };
        let replay = vec![scored(&best, 1.0), scored(&best, 0.9), scored(&worst, 0.1)];
        let update = lstm.learn(&replay, 0.3, &mut rng(5)).unwrap();
        assert_eq!(update.steps, 30 * 2);
        assert!(update.last_loss.is_finite());
        let drawn = proposed(&mut lstm, 100, &mut rng(6));
        let count = |graph| drawn.iter().filter(|drawn| *drawn == graph).count();
        assert!(count(&best) > 20 && count(&worst) < 10, "{} and {}", count(&best), count(&worst));
        assert!(drawn.iter().all(|graph| space.validate(graph).is_ok()));
    }
}

#[test]
fn graphs_with_high_rewards_are_proposed_more_often() {
    for attention in [false, true] {
        let mut lstm = lstm("nasbench201", attention, config(Training::Reinforce), 30);
        let edges = |graphs: &[Graph]| graphs.iter().map(Graph::edge_count).sum::<usize>();
        let before = edges(&proposed(&mut lstm, 200, &mut rng(1)));
        assert_eq!(lstm.learn(&[], 0.0, &mut rng(0)).unwrap().steps, 0, "nothing was evaluated");
        // The reward is the fraction of absent edges.
        for round in 0..80 {
            for graph in proposed(&mut lstm, 2, &mut rng(10 + round)) {
                lstm.tell(&graph, 100.0 * (6 - graph.edge_count()) as f64 / 6.0);
            }
            lstm.tell(&Graph::empty(5), 0.0);
            assert_eq!(lstm.learn(&[], 0.0, &mut rng(0)).unwrap().steps, 1);
        }
        let after = edges(&proposed(&mut lstm, 200, &mut rng(1)));
        assert!(2 * after < before, "{before} edges became {after}");
    }
}

#[test]
fn the_skip_penalty_moves_the_edge_probability_to_its_target() {
    for attention in [false, true] {
        let only_skips = LstmConfig { skip_weight: 0.8, skip_target: 0.1, ..config(Training::Reinforce) };
        let mut lstm = lstm("enas", attention, only_skips, 30);
        for round in 0..60 {
            for graph in proposed(&mut lstm, 2, &mut rng(round)) {
                lstm.tell(&graph, 50.0);
            }
            lstm.learn(&[], 0.0, &mut rng(0)).unwrap();
        }
        let drawn = proposed(&mut lstm, 50, &mut rng(1));
        let fraction = drawn.iter().map(Graph::edge_count).sum::<usize>() as f64 / (50.0 * 66.0);
        assert!((0.05..0.2).contains(&fraction), "{fraction}");
    }
}

#[test]
fn stages_are_sampled_and_trained_separately() {
    let space = space::open("darts").unwrap();
    for (training, attention) in [(Training::Replay, true), (Training::Reinforce, false)] {
        let mut lstm = lstm("darts", attention, config(training), 1);
        let drawn = proposed(&mut lstm, 2, &mut rng(2));
        assert!(drawn.iter().all(|graph| graph.nodes() == 12));
        drawn.iter().for_each(|graph| lstm.tell(graph, 50.0));
        let graph = space.explore(&Explorer::Uniform, &mut rng(3));
        let update = lstm.learn(&[Scored { graph, reward: 1.0 }], 0.0, &mut rng(4)).unwrap();
        assert_eq!(update.steps, 1, "two cells fit a batch of two");
    }
}

fn search(preset: &str, device: &Device, sets: &[String]) -> Outcome {
    let config = Request { preset: Some(preset), sets, ..Request::default() }.resolve().unwrap();
    let search = Search::from(config).device(device.clone());
    let search = match preset {
        "nasbench101-150" => search.table(common::fixture("nasbench101_2000.csv")),
        _ => search,
    };
    search.run(&mut Silent).unwrap()
}

/// Settings of a short search: 12 evaluations, 6 of which are proposals.
fn short(training: &str, attention: bool) -> Vec<String> {
    let sets = [
        "generator.name=lstm",
        "lstm.learning_rate=0.01",
        "evaluations=12",
        "batch=3",
        "explore.value=2",
        "train.epochs=3",
        "lstm.hidden=16",
    ];
    let modes = [format!("lstm.training={training}"), format!("lstm.attention={attention}")];
    sets.into_iter().map(String::from).chain(modes).collect()
}

#[test]
fn searches_complete_and_are_reproducible() {
    for preset in ["nasbench201-cifar10", "nasbench101-150"] {
        for training in ["replay", "reinforce"] {
            for attention in [false, true] {
                let sets = short(training, attention);
                let first = search(preset, &Device::Cpu, &sets);
                assert_eq!(first.evaluations, 12, "{preset} {sets:?}");
                assert_eq!(first.history, search(preset, &Device::Cpu, &sets).history, "{preset} {sets:?}");
            }
        }
    }
}

#[test]
fn a_search_completes_on_a_gpu_adapter() {
    for attention in [false, true] {
        let outcome = search("nasbench201-cifar10", &common::gpu(), &short("replay", attention));
        assert_eq!(outcome.evaluations, 12);
    }
}
