//! Rewards from training.

use super::quick;
use crate::common::opened;
use graphpnas::data::Dataset;
use graphpnas::device::Device;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator, Oracle, OracleConfig, Upcoming};
use graphpnas::train::{EpochRecord, Recipe, Score, Watcher};
use std::sync::{Arc, Mutex};

const SKIPS: &str = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|";
const NOTHING: &str = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";

fn oracle(recipe: Recipe) -> Oracle {
    halving_oracle(recipe, 0, 1)
}

fn halving_oracle(recipe: Recipe, reduction_factor: usize, first_rung: usize) -> Oracle {
    let data = Arc::new(Dataset::procedural(0, 160, 40));
    let (epochs, batch) = (recipe.epochs, recipe.batch);
    let config = OracleConfig { channels: 4, epochs, batch, reduction_factor, first_rung, ..OracleConfig::default() };
    Oracle::new(opened("nasbench201"), data, &config, 1, Device::Cpu).unwrap().with_recipe(recipe)
}

fn evaluate(oracle: &mut Oracle, arch: &str) -> Result<Evaluation, EvaluateError> {
    oracle.evaluate(&opened("nasbench201").encode(arch).unwrap(), arch)
}

#[test]
fn rewards_do_not_depend_on_earlier_evaluations() {
    let mut one = oracle(quick(1));
    let (skips, conv) = (evaluate(&mut one, SKIPS).unwrap(), evaluate(&mut one, super::ARCH).unwrap());
    let mut other = oracle(quick(1));
    assert_eq!(evaluate(&mut other, super::ARCH).unwrap(), conv);
    assert_eq!(evaluate(&mut other, SKIPS).unwrap(), skips);
    assert!((0.0..=100.0).contains(&conv.reward) && conv.test.is_some());
    // A cell without a path is a valid architecture too.
    evaluate(&mut other, NOTHING).unwrap();
    assert_eq!(other.reward_name(), "validation accuracy after 1 epoch");
}

#[test]
fn parallel_training_gives_the_same_rewards_as_sequential() {
    let graphs = [SKIPS, super::ARCH, NOTHING].map(|arch| (opened("nasbench201").encode(arch).unwrap(), arch));
    let mut one = oracle(quick(1));
    let alone = graphs.each_ref().map(|(graph, arch)| one.evaluate(graph, arch).unwrap().reward);
    let repeated = one.evaluate_repeat(&graphs[1].0, graphs[1].1, 2).unwrap().reward;
    assert_eq!(one.seconds(), None);

    let counted = Counted::default();
    let mut several = oracle(quick(1)).without_test().with_concurrency(2).with_watcher(counted.clone());
    let mut upcoming: Vec<_> = graphs.iter().map(|(graph, arch)| Upcoming { graph, arch, repeat: 0 }).collect();
    upcoming.push(Upcoming { repeat: 2, ..upcoming[1] });
    several.prepare(&upcoming).unwrap();
    assert_eq!(counted.read().0.len(), 4, "all four were trained before their evaluation");
    for ((graph, arch), reward) in graphs.iter().zip(alone) {
        assert_eq!(several.evaluate(graph, arch).unwrap(), Evaluation { reward, test: None });
        assert!(several.seconds().is_some_and(|seconds| seconds > 0.0));
    }
    assert_eq!(several.evaluate_repeat(&graphs[1].0, graphs[1].1, 2).unwrap().reward, repeated);
    several.prepare(&upcoming[..3]).unwrap();
    assert_eq!(counted.read().0.len(), 4, "none was trained twice");
}

#[test]
fn a_child_that_diverges_in_parallel_training_gets_no_reward() {
    let mut recipe = quick(1);
    (recipe.rate.rate, recipe.rate.warmup) = (1e30, 0.0);
    let graphs = [super::ARCH, SKIPS].map(|arch| (opened("nasbench201").encode(arch).unwrap(), arch));
    let mut several = oracle(recipe).without_test().with_concurrency(2);
    let upcoming = graphs.each_ref().map(|(graph, arch)| Upcoming { graph, arch, repeat: 0 });
    several.prepare(&upcoming).unwrap();
    let error = several.evaluate(&graphs[0].0, super::ARCH).unwrap_err();
    assert!(matches!(error, EvaluateError::Child { .. }), "{error}");
}

#[test]
fn a_child_that_diverges_gets_no_reward() {
    let mut recipe = quick(1);
    (recipe.rate.rate, recipe.rate.warmup) = (1e30, 0.0);
    let error = evaluate(&mut oracle(recipe), super::ARCH).unwrap_err();
    assert!(matches!(error, EvaluateError::Child { .. }), "{error}");
    assert!(error.to_string().contains("the loss became"), "{error}");
}

/// The epochs that each child was trained for, in the order of the children, and all steps.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<(Vec<usize>, usize)>>);

impl Counted {
    fn read(&self) -> (Vec<usize>, usize) {
        self.0.lock().unwrap().clone()
    }
}

impl Watcher for Counted {
    fn step_finished(&mut self, epoch: usize, step: usize, _: usize, _: Score) {
        let (epochs, steps) = &mut *self.0.lock().unwrap();
        if (epoch, step) == (1, 1) {
            epochs.push(0);
        }
        *steps += 1;
    }

    fn epoch_finished(&mut self, _: &EpochRecord) {
        *self.0.lock().unwrap().0.last_mut().unwrap() += 1;
    }
}

/// The epochs that a child is trained for and its reward, given the rung scores of earlier children.
fn halved([first_rung, factor]: [usize; 2], epochs: usize, before: &str) -> (usize, f64, Vec<Vec<f64>>) {
    let counted = Counted::default();
    let mut oracle = halving_oracle(quick(epochs), factor, first_rung).with_watcher(counted.clone());
    oracle.restore_history(before).unwrap();
    let reward = evaluate(&mut oracle, super::ARCH).unwrap().reward;
    let (trained, steps) = counted.read();
    let trainer = oracle.trained().unwrap();
    assert_eq!(trained, [trainer.history().len()]);
    // Of 120 training images, seven or eight batches of sixteen.
    assert!((7 * trained[0]..=8 * trained[0]).contains(&steps) && steps as u64 == trainer.steps(), "{steps} steps");
    (trained[0], reward, serde_json::from_str(&oracle.history_state().unwrap()).unwrap())
}

#[test]
fn halving_stops_children_with_low_scores() {
    let halving = [1, 2];
    // Rungs after 1 and 2 of 4 epochs. The first child is trained to the end.
    let (epochs, _, rungs) = halved(halving, 4, "[]");
    assert_eq!((epochs, rungs.iter().map(Vec::len).collect::<Vec<_>>()), (4, vec![1, 1]));
    // All earlier children were better, or worse.
    let (epochs, reward, rungs) = halved(halving, 4, "[[101.0, 102.0]]");
    assert_eq!((epochs, rungs.len(), rungs[0].len()), (1, 1, 3));
    assert_eq!(reward, rungs[0][2], "the reward is the score at the rung where it was stopped");
    let (epochs, reward, rungs) = halved(halving, 4, "[[-1.0], [101.0]]");
    assert_eq!((epochs, rungs[0].len(), rungs[1].len()), (2, 2, 2));
    assert_eq!(reward, rungs[1][1]);
    let (epochs, _, rungs) = halved(halving, 4, "[[-1.0], [-1.0]]");
    assert_eq!((epochs, rungs.len()), (4, 2));
}

#[test]
fn one_in_eta_children_is_promoted() {
    // Rungs after 2 and 6 of 7 epochs, not after 18. The two best of six children are promoted.
    let halving = [2, 3];
    assert_eq!(halved(halving, 7, "[[101.0, -1.0, -1.0, -1.0, -1.0]]").0, 7);
    assert_eq!(halved(halving, 7, "[[101.0, 102.0, -1.0, -1.0, -1.0]]").0, 2);
    assert_eq!(halved(halving, 7, "[[-1.0, -1.0], [101.0, 102.0]]").0, 6);
    // The first eta - 1 children are always promoted.
    assert_eq!(halved([1, 3], 2, "[[101.0]]").0, 2);
    assert_eq!(halved([1, 3], 2, "[[101.0, 101.0]]").0, 1);
}

#[test]
fn without_halving_every_child_is_trained_to_the_end() {
    let counted = Counted::default();
    let mut oracle = oracle(quick(2)).with_watcher(counted.clone());
    for arch in [super::ARCH, SKIPS, NOTHING, SKIPS] {
        evaluate(&mut oracle, arch).unwrap();
    }
    assert_eq!(counted.read().0, [2, 2, 2], "known children are not trained again");
    assert_eq!(oracle.history_state(), None);
}
