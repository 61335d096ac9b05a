//! The replay set, and the search loop on the NAS-Bench-201 table.

use crate::score::scorer;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator, Table, TableEvaluator};
use graphpnas::generator::{
    Evolution, Generator, GeneratorError, Improvement, LocalSearch, PolicyUpdate, Proposal, Random, Scored,
};
use graphpnas::graph::Graph;
use graphpnas::network::Task;
use graphpnas::score::{Measure, PoolScorer, StructuralFeatures};
use graphpnas::search::{
    Baseline, BaselineKind, Config, Outcome, Replay, ReplayConfig, Request, RewardKind, SearchLoop, Silent, Summary,
    repeat,
};
use graphpnas::space::{self, Explorer, Space};
use rand::SeedableRng;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn table(dataset: &str) -> Arc<Table> {
    Arc::new(Table::built_in("nasbench201", dataset).unwrap().unwrap())
}

fn nasbench201() -> Arc<dyn Space> {
    space::open("nasbench201").unwrap()
}

fn config(preset: &str, sets: &[&str]) -> Config {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    Request { preset: Some(preset), sets: &sets, ..Request::default() }.resolve().unwrap()
}

fn random_run(table: &Arc<Table>, config: Config) -> Outcome {
    let generator = Box::new(Random::new(nasbench201(), config.generator.explorer));
    table_run(table, config, generator)
}

fn table_run(table: &Arc<Table>, config: Config, generator: Box<dyn Generator>) -> Outcome {
    let evaluator = Box::new(TableEvaluator::new(Arc::clone(table), nasbench201()));
    SearchLoop::new(config, nasbench201(), evaluator, generator).run(&mut Silent).unwrap()
}

/// Adds graphs to the replay set that are identified by their number of nodes.
fn numbered(replay: &mut Replay, rewards: &[f64]) {
    for (number, reward) in rewards.iter().enumerate() {
        replay.push(Graph::empty(number + 1), *reward);
    }
}

fn order(top: &[Scored]) -> Vec<(usize, f32)> {
    top.iter().map(|scored| (scored.graph.nodes(), scored.reward)).collect()
}

#[test]
fn replay_ranks_by_reward_and_ties_by_order() {
    let mut replay = Replay::default();
    numbered(&mut replay, &[50.0, 70.0, 60.0, 70.0, 10.0]);
    let config = |top, reward| ReplayConfig { top, reward, baseline: BaselineKind::ReplayMean, baseline_decay: 0.0 };
    assert_eq!(
        order(&replay.top(&config(4, RewardKind::Cdf))),
        [(2, 1.0), (4, 0.75), (3, 0.5), (1, 0.25)],
        "rank from worst over size, the earlier of equals first"
    );
    assert_eq!(order(&replay.top(&config(2, RewardKind::Accuracy))), [(2, 0.7), (4, 0.7)]);
    assert_eq!(replay.top(&config(6, RewardKind::Cdf)).len(), 5);
}

#[test]
fn graphs_without_a_reward_rank_behind_those_with_one() {
    let mut replay = Replay::default();
    numbered(&mut replay, &[50.0, 70.0, 60.0]);
    let others = [Graph::empty(8), Graph::empty(9)];
    let config = |reward| ReplayConfig { top: 2, reward, baseline: BaselineKind::ReplayMean, baseline_decay: 0.0 };
    assert_eq!(order(&replay.top_and(&config(RewardKind::Cdf), &others)), [(2, 1.0), (3, 0.75), (8, 0.5), (9, 0.25)]);
    assert_eq!(
        order(&replay.top_and(&config(RewardKind::Accuracy), &others)),
        [(2, 0.7), (3, 0.6), (8, 0.6), (9, 0.6)]
    );
    assert_eq!(order(&Replay::default().top_and(&config(RewardKind::Accuracy), &others)), [(8, 1.0), (9, 1.0)]);
}

/// Draws uniformly and records the replay sets of its updates.
struct ReplayRecorder(Random, Arc<Mutex<Vec<Vec<Graph>>>>);

impl Generator for ReplayRecorder {
    fn name(&self) -> &'static str {
        "pupil"
    }

    fn learns(&self) -> bool {
        true
    }

    fn propose(&mut self, n: usize, epsilon: f64, rng: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        self.0.propose(n, epsilon, rng)
    }

    fn learn(&mut self, replay: &[Scored], _: f32, _: &mut dyn rand::Rng) -> Result<PolicyUpdate, GeneratorError> {
        self.1.lock().unwrap().push(replay.iter().map(|scored| scored.graph.clone()).collect());
        Ok(PolicyUpdate::default())
    }
}

#[test]
fn the_best_of_a_scored_pool_are_explored_and_used_for_the_warm_start() {
    let sets = ["evaluations=6", "explore.schedule=first", "explore.value=2", "explore.pool=40", "explore.score=macs"];
    let warm = ["explore.warm_start=true", "train.restart=false"];
    let structure = StructuralFeatures::new(nasbench201(), Task::CIFAR10);
    let size = |graph: &Graph| structure.measured(graph)[0];
    let run = |sets: &[&str]| {
        let config = config("nasbench201-cifar10", sets);
        let updates = Arc::default();
        let generator = Box::new(ReplayRecorder(Random::new(nasbench201(), Explorer::Uniform), Arc::clone(&updates)));
        let evaluator = Box::new(TableEvaluator::new(table("cifar10"), nasbench201()));
        let scorer = PoolScorer::new(nasbench201(), Task::CIFAR10, Measure::Macs, scorer(1, 1));
        let search = SearchLoop::new(config, nasbench201(), evaluator, generator);
        let outcome = search.with_pool_scorer(Some(scorer)).run(&mut Silent).unwrap();
        let graphs: Vec<Graph> =
            outcome.history.iter().map(|record| nasbench201().encode(&record.arch).unwrap()).collect();
        (graphs, std::mem::take(&mut *updates.lock().unwrap()))
    };
    let (cold, updates) = run(&sets);
    let explored: Vec<f64> = cold[..2].iter().map(size).collect();
    assert!(explored[0] >= explored[1] && cold[2..].iter().all(|graph| size(graph) < explored[1]), "{explored:?}");
    assert!(updates.iter().all(|update| update.iter().all(|graph| cold.contains(graph))));
    let (same, updates) = run(&[&sets[..], &warm].concat());
    assert_eq!(same[..2], cold[..2]);
    // The warm start uses the best four of forty; each evaluation replaces one of them.
    let unrewarded = |update: &Vec<Graph>| update.iter().filter(|graph| !same.contains(graph)).count();
    assert_eq!(updates[0][0], same[0]);
    assert_eq!(updates.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 4, 4, 4, 5]);
    assert_eq!(updates.iter().map(unrewarded).collect::<Vec<_>>(), [2, 2, 2, 1, 0, 0]);
}

#[test]
fn old_rewards_are_recomputed_or_removed() {
    let mut replay = Replay::default();
    numbered(&mut replay, &[50.0, 70.0, 60.0, 70.0, 10.0]);
    replay.rescore(3, |graph| Ok::<_, ()>([0.0, 0.0, 5.0, 60.0, 80.0][graph.nodes()])).unwrap();
    let top = replay.top(&ReplayConfig {
        top: 9,
        reward: RewardKind::Accuracy,
        baseline: BaselineKind::ReplayMean,
        baseline_decay: 0.0,
    });
    assert_eq!(order(&top), [(4, 0.8), (3, 0.6), (2, 0.05)]);
    assert_eq!(replay.rescore(3, |_| Err("no")), Err("no"));
}

#[test]
fn untracked_samples_do_not_affect_local_search() {
    let run = |untracked: bool| {
        let mut search = LocalSearch::new(nasbench201(), Explorer::Uniform, Improvement::First);
        let [mut rng, mut other] = [1, 2].map(rand::rngs::StdRng::seed_from_u64);
        let mut proposed = Vec::new();
        for round in 0..8 {
            if untracked {
                assert_eq!(search.sample_untracked(30, &mut other).unwrap().len(), 30);
            }
            let graphs = search.propose(4, 0.0, &mut rng).unwrap();
            graphs.iter().for_each(|one| search.tell(&one.graph, f64::from(50 + round)));
            proposed.extend(graphs);
        }
        proposed
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn rewards_of_six_graphs_match_the_reference_data() {
    let mut replay = Replay::default();
    numbered(&mut replay, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let top = replay.top(&ReplayConfig {
        top: 15,
        reward: RewardKind::Cdf,
        baseline: BaselineKind::ReplayMean,
        baseline_decay: 0.0,
    });
    let rewards: Vec<f32> = top.iter().rev().map(|scored| scored.reward).collect();
    let sixths: Vec<f32> = (1..=6).map(|rank| (f64::from(rank) / 6.0) as f32).collect();
    assert_eq!(rewards, sixths);
}

#[test]
fn baseline_is_an_exponential_moving_average() {
    let scored = |reward| vec![Scored { graph: Graph::empty(1), reward }];
    let mut baseline = Baseline::new(BaselineKind::ReplayMean, 0.75);
    baseline.evaluated([100.0].into_iter());
    assert_eq!(baseline.step(&scored(0.5)), 0.5, "the first mean starts it");
    assert_eq!(baseline.step(&scored(1.0)), 0.625);
    assert_eq!(Baseline::new(BaselineKind::ReplayMean, 0.0).step(&scored(0.5)), 0.0, "no decay, no baseline");
    let mut baseline = Baseline::new(BaselineKind::BatchMean, 0.5);
    baseline.evaluated([80.0, 90.0].into_iter());
    assert_eq!(baseline.step(&scored(0.5)), 0.425, "it starts at 0 and ignores the replay set");
    baseline.evaluated([].into_iter());
    assert_eq!(baseline.step(&scored(1.0)), 0.425, "a round without evaluations changes nothing");
    baseline.evaluated([95.0].into_iter());
    assert_eq!(baseline.step(&scored(1.0)), 0.6875);
}

/// A partial table: knows only cells without `nor_conv_3x3`, and counts evaluations.
struct PartialTable {
    capacity: Option<usize>,
    queries: Arc<AtomicUsize>,
    names: HashSet<String>,
}

impl Evaluator for PartialTable {
    fn name(&self) -> &'static str {
        "partial_table"
    }

    fn evaluate(&mut self, _: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        assert!(self.names.insert(arch.to_owned()), "{arch} was evaluated twice");
        if arch.contains("conv_3x3") {
            return Err(EvaluateError::NotInTable { arch: arch.into() });
        }
        Ok(Evaluation { reward: arch.len() as f64, test: None })
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }
}

/// Always proposes the empty cell and counts its updates.
struct Constant(Arc<AtomicUsize>);

impl Generator for Constant {
    fn name(&self) -> &'static str {
        "stubborn"
    }

    fn propose(&mut self, count: usize, _: f64, _: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok(vec![Graph::empty(4).into(); count])
    }

    fn learn(&mut self, replay: &[Scored], _: f32, _: &mut dyn rand::Rng) -> Result<PolicyUpdate, GeneratorError> {
        assert_eq!(replay[0].reward, 1.0);
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(PolicyUpdate::default())
    }

    fn learns(&self) -> bool {
        true
    }
}

/// Proposes the empty cell without uniform mixing, and random cells with it.
struct Converged(Arc<AtomicUsize>);

impl Generator for Converged {
    fn name(&self) -> &'static str {
        "settled"
    }

    fn propose(
        &mut self,
        count: usize,
        epsilon: f64,
        rng: &mut dyn rand::Rng,
    ) -> Result<Vec<Proposal>, GeneratorError> {
        assert!((0.0..=1.0).contains(&epsilon));
        if epsilon == 0.0 {
            return Ok(vec![Graph::empty(4).into(); count]);
        }
        self.0.fetch_add(count, Ordering::Relaxed);
        Ok((0..count).map(|_| nasbench201().explore(&Explorer::Uniform, rng).into()).collect())
    }
}

fn partial_table() -> (Box<PartialTable>, Arc<AtomicUsize>) {
    let queries = Arc::new(AtomicUsize::new(0));
    (Box::new(PartialTable { capacity: Some(4096), queries: Arc::clone(&queries), names: HashSet::new() }), queries)
}

fn constant_run(sets: &[&str]) -> (Outcome, usize) {
    let updates = Arc::new(AtomicUsize::new(0));
    let generator = Box::new(Constant(Arc::clone(&updates)));
    let mut search = SearchLoop::new(config("nasbench201-cifar10", sets), nasbench201(), partial_table().0, generator);
    let outcome = search.run(&mut Silent).unwrap();
    (outcome, updates.load(Ordering::Relaxed))
}

#[test]
fn a_constant_generator_falls_back_to_the_random_policy() {
    let (outcome, updates) = constant_run(&["evaluations=20", "explore.value=5"]);
    assert_eq!(outcome.history.len(), 20);
    assert_eq!(updates, 15, "one update before each proposing round");
    assert!(outcome.rejected.fallbacks >= 14, "{:?}", outcome.rejected);
    assert!(outcome.rejected.seen > 14 * 950 && outcome.rejected.not_in_table > 0, "{:?}", outcome.rejected);
}

#[test]
fn uniform_mixing_gives_a_converged_generator_new_graphs() {
    for (epsilon, fallbacks) in [("generator.epsilon=0", 19), ("generator.epsilon=0.5", 0)] {
        let mixed = Arc::new(AtomicUsize::new(0));
        let generator = Box::new(Converged(Arc::clone(&mixed)));
        let sets = ["evaluations=20", "explore.schedule=none", epsilon];
        let mut search =
            SearchLoop::new(config("nasbench201-cifar10", &sets), nasbench201(), partial_table().0, generator);
        let outcome = search.run(&mut Silent).unwrap();
        assert_eq!((outcome.history.len(), outcome.rejected.fallbacks), (20, fallbacks), "{epsilon}");
        // Every round except the first, whose empty cell is new, starts with 1, 6, 11 and 16 samples.
        let seen = outcome.rejected.seen;
        assert!(seen >= 19 * 34, "{seen}");
        assert_eq!(mixed.load(Ordering::Relaxed) > 0, fallbacks == 0);
    }
}

#[test]
fn without_restart_the_generator_is_updated_in_exploring_rounds_too() {
    let (_, updates) = constant_run(&["evaluations=20", "explore.value=5", "train.restart=false"]);
    assert_eq!(updates, 19, "all rounds except the first, which has an empty replay set");
}

#[test]
fn an_exhausted_space_ends_the_run() {
    let sets = ["evaluations=4096", "batch=64", "explore.schedule=none", "generator.name=random"];
    let config = config("nasbench201-cifar10", &sets);
    let (evaluator, queries) = partial_table();
    let generator = Box::new(Random::new(nasbench201(), Explorer::Uniform));
    let outcome = SearchLoop::new(config, nasbench201(), evaluator, generator).run(&mut Silent).unwrap();
    assert_eq!(outcome.evaluations, 4096, "5^6 cells, of which 4^6 are known");
    assert!(queries.load(Ordering::Relaxed) <= 15_625);

    let sets = ["evaluations=4097", "explore.schedule=none", "generator.name=random"];
    let generator = Box::new(Random::new(nasbench201(), Explorer::Uniform));
    let config = self::config("nasbench201-cifar10", &sets);
    let error = SearchLoop::new(config, nasbench201(), partial_table().0, generator).run(&mut Silent).unwrap_err();
    assert!(error.to_string().contains("only 4096 architectures"), "{error}");
}

#[test]
fn an_exhausted_source_ends_the_run_early() {
    let config = config("nasbench201-cifar10", &["evaluations=5000", "batch=64", "generator.name=random"]);
    let (mut evaluator, _) = partial_table();
    evaluator.capacity = None;
    let generator = Box::new(Random::new(nasbench201(), Explorer::Uniform));
    let outcome = SearchLoop::new(config, nasbench201(), evaluator, generator).run(&mut Silent).unwrap();
    assert_eq!((outcome.evaluations, outcome.history.len()), (4096, 4096));
    assert!(outcome.ended_early.unwrap().contains("after 4096 of 5000 evaluations"));
}

#[test]
fn the_budget_is_exact_and_nothing_is_evaluated_twice() {
    let table = table("cifar10");
    for (evaluations, batch) in [(1, 10), (10, 10), (37, 10), (100, 1), (600, 7)] {
        let sets = [format!("evaluations={evaluations}"), format!("batch={batch}")];
        let outcome = random_run(&table, config("nasbench201-cifar10", &[&sets[0], &sets[1]]));
        let names: HashSet<&str> = outcome.history.iter().map(|record| record.arch.as_str()).collect();
        assert_eq!((outcome.evaluations, outcome.history.len(), names.len()), (evaluations, evaluations, evaluations));
        assert!(outcome.history.iter().map(|record| record.evaluation).eq(1..=evaluations));
        let best = outcome.history.iter().map(|record| record.reward).fold(0.0, f64::max);
        assert_eq!(outcome.best.reward, best);
    }
}

#[test]
fn runs_with_equal_seeds_are_identical() {
    let table = table("cifar100");
    let history = |seed: u64| {
        let seed = format!("seed={seed}");
        let outcome = random_run(&table, config("nasbench201-cifar100", &[&seed, "batch=3"]));
        serde_json::to_string(&outcome.history).unwrap()
    };
    assert_eq!(history(5), history(5));
    assert_ne!(history(5), history(6));
    let runs = |threads| {
        let run = |seed: u64| Ok::<_, ()>(random_run(&table, Config { seed, ..config("nasbench201-cifar100", &[]) }));
        let runs = repeat(&[4, 3, 9, 1], threads, run).unwrap();
        runs.into_iter().map(|run| (run.seed, run.history)).collect::<Vec<_>>()
    };
    assert_eq!(runs(1), runs(4), "threads change nothing");
    assert_eq!(runs(2).iter().map(|run| run.0).collect::<Vec<_>>(), [4, 3, 9, 1]);
}

#[test]
fn the_failure_of_a_seed_is_returned() {
    let run = |seed: u64| if seed == 3 { Err("three") } else { Ok(constant_run(&["evaluations=1"]).0) };
    assert_eq!(repeat(&[1, 2, 3, 4], 2, run).unwrap_err(), "three");
}

#[test]
fn random_search_matches_published_results() {
    // docs/method.md section 3: test accuracy 93.73 +- 0.35, 71.2 +- 1.0, 44.9 +- 1.1; reward 83.69 and 35.90.
    let figures =
        [("cifar10", 93.73, 0.35, Some(83.69)), ("cifar100", 71.2, 1.0, None), ("imagenet16", 44.9, 1.1, Some(35.9))];
    for (dataset, test, deviation, reward) in figures {
        for explorer in ["uniform", "erdos-renyi:0.25"] {
            let summary = ten_random_runs(dataset, explorer);
            let (found, top) = (summary.test.unwrap(), summary.reward.unwrap());
            println!("{dataset} {explorer}: reward {top:?} test {found:?} optimum {:?}", summary.found_optimum);
            if explorer == "uniform" {
                assert!((found.mean - test).abs() < deviation, "{dataset}: {found:?}");
                assert!(reward.is_none_or(|reward| (top.mean - reward).abs() < 0.6), "{dataset}: {top:?}");
            }
        }
    }
}

fn ten_random_runs(dataset: &str, explorer: &str) -> Summary {
    let table = table(dataset);
    let explorer = format!("generator.explorer={explorer}");
    let sets = ["generator.name=random", "explore.schedule=none", &explorer];
    let base = config(&format!("nasbench201-{dataset}"), &sets);
    let run = |seed: u64| Ok::<_, ()>(random_run(&table, Config { seed, ..base.clone() }));
    let seeds: Vec<u64> = (1..=10).collect();
    Summary::of(&repeat(&seeds, 2, run).unwrap(), Some(table.optimum()))
}

/// Creates a generator without training with the settings of the presets.
fn untrained_generator(name: &str) -> Box<dyn Generator> {
    let (space, explorer) = (nasbench201(), Explorer::Uniform);
    match name {
        "evolution" => Box::new(Evolution::new(space, explorer, 20, 5)),
        "first" => Box::new(LocalSearch::new(space, explorer, Improvement::First)),
        "best" => Box::new(LocalSearch::new(space, explorer, Improvement::Best)),
        _ => Box::new(Random::new(space, explorer)),
    }
}

#[test]
fn evolution_and_local_search_beat_random_search() {
    for dataset in ["cifar10", "cifar100", "imagenet16"] {
        let table = table(dataset);
        let base = config(&format!("nasbench201-{dataset}"), &["explore.schedule=none"]);
        let mean = |name: &str| {
            let run = |seed| Ok::<_, ()>(table_run(&table, Config { seed, ..base.clone() }, untrained_generator(name)));
            let summary = Summary::of(&repeat(&(1..=10).collect::<Vec<_>>(), 2, run).unwrap(), Some(table.optimum()));
            println!("{dataset} {name}: {:?} optimum {:?}", summary.reward, summary.found_optimum);
            summary.reward.unwrap().mean
        };
        let random = mean("random");
        for name in ["evolution", "first", "best"] {
            let mean = mean(name);
            assert!(mean > random, "{dataset}: {name} {mean} against {random}");
        }
    }
}

/// The reward is the number of 3x3 convolutions.
struct ConvolutionCount;

impl Evaluator for ConvolutionCount {
    fn name(&self) -> &'static str {
        "hill"
    }

    fn evaluate(&mut self, _: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        Ok(Evaluation { reward: arch.matches("nor_conv_3x3").count() as f64, test: None })
    }
}

#[test]
fn local_search_reaches_the_optimum() {
    for (improvement, evaluations) in [(Improvement::First, 100), (Improvement::Best, 150)] {
        for batch in [1, 4] {
            let sets = [format!("evaluations={evaluations}"), format!("batch={batch}"), "explore.schedule=none".into()];
            let config = config("nasbench201-cifar10", &sets.each_ref().map(String::as_str));
            let generator = Box::new(LocalSearch::new(nasbench201(), Explorer::Uniform, improvement));
            let outcome =
                SearchLoop::new(config, nasbench201(), Box::new(ConvolutionCount), generator).run(&mut Silent).unwrap();
            assert_eq!(outcome.best.reward, 6.0, "{improvement:?} in batches of {batch}");
            assert_eq!(outcome.rejected.fallbacks, 0, "{:?}", outcome.rejected);
        }
    }
}

#[test]
fn evolution_removes_the_oldest() {
    let mut evolution = Evolution::new(nasbench201(), Explorer::Uniform, 2, 16);
    let cell = |operation: &str| {
        let arch = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|".replacen("none", operation, 1);
        nasbench201().encode(&arch).unwrap()
    };
    let names = ["none", "skip_connect", "nor_conv_1x1"];
    // The first graph has by far the highest reward, but is removed before the first tournament.
    names.iter().zip([90.0, 10.0, 20.0]).for_each(|(name, reward)| evolution.tell(&cell(name), reward));
    let children = evolution.propose(50, 0.0, &mut rand::rngs::StdRng::seed_from_u64(1)).unwrap();
    let parent = cell("nor_conv_1x1");
    let neighbours = nasbench201().neighbours(&parent);
    let of_the_better = children.iter().filter(|child| neighbours.contains(&child.graph)).count();
    assert!(of_the_better >= 48, "{of_the_better} of 50 descend from the better graph of the population");
}
