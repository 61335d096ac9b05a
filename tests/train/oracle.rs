//! Rewards from training.

use super::quick;
use graphpnas::data::Dataset;
use graphpnas::device::Device;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator, Halving, Oracle, OracleSettings};
use graphpnas::space::{NasBench201, Space};
use graphpnas::train::{Recipe, Until};
use std::sync::Arc;

const SKIPS: &str = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|";
const NOTHING: &str = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";

fn oracle(recipe: Recipe, halving: Option<Halving>) -> Oracle {
    let data = Arc::new(Dataset::procedural(0, 160, 40));
    let until = Until::Epoch(recipe.epochs);
    let settings = OracleSettings { channels: 4, cells: 1, recipe, until, validation: 0.25, halving, seed: 1 };
    Oracle::new(Arc::new(NasBench201), data, settings, Device::Cpu).unwrap()
}

fn evaluate(oracle: &mut Oracle, arch: &str) -> Result<Evaluation, EvaluateError> {
    oracle.evaluate(&NasBench201.encode(arch).unwrap(), arch)
}

#[test]
fn rewards_do_not_depend_on_what_came_before() {
    let mut one = oracle(quick(1), None);
    let (skips, conv) = (evaluate(&mut one, SKIPS).unwrap(), evaluate(&mut one, super::ARCH).unwrap());
    let mut other = oracle(quick(1), None);
    assert_eq!(evaluate(&mut other, super::ARCH).unwrap(), conv);
    assert_eq!(evaluate(&mut other, SKIPS).unwrap(), skips);
    assert!((0.0..=100.0).contains(&conv.reward) && conv.test.is_some());
    // A cell that leads nowhere is an architecture too.
    evaluate(&mut other, NOTHING).unwrap();
    assert_eq!(other.reward_name(), "validation accuracy after 1 epochs");
}

#[test]
fn a_child_that_diverges_gets_no_reward() {
    let mut recipe = quick(1);
    (recipe.rate.rate, recipe.rate.warmup) = (1e30, 0.0);
    let error = evaluate(&mut oracle(recipe, None), super::ARCH).unwrap_err();
    assert!(matches!(error, EvaluateError::Child { .. }), "{error}");
    assert!(error.to_string().contains("the loss became"), "{error}");
}

#[test]
fn halving_stops_those_that_fall_behind() {
    let mut halved = oracle(quick(4), Some(Halving { first: 1, eta: 2 }));
    let archs = [SKIPS, super::ARCH, NOTHING];
    let rewards: Vec<_> = archs.iter().map(|arch| evaluate(&mut halved, arch).unwrap().reward).collect();
    // A cell without any path classifies by chance and is not trained to the end.
    assert!(rewards[2] <= rewards[0].max(rewards[1]), "{rewards:?}");
}
