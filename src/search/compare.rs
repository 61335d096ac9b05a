//! Comparison of search methods: curves of the best reward so far, statistics over seeds, and a rank test.

use super::outcome::Outcome;
use super::seeds::{MeanStd, Summary};
use crate::convert::{to_integer, to_usize};
use crate::evaluate::{Goal, RewardConfig};
use crate::statistics::rank_test;
use serde::Serialize;

/// Runs of one search method over several seeds.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Name of the method.
    pub name: String,
    /// Runs, at least one.
    pub runs: Vec<Outcome>,
}

/// Statistics of several methods.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Target reward, if given.
    pub target: Option<f64>,
    /// Unit of the rewards, and which of them are best; left out of JSON for accuracies in percent.
    #[serde(skip_serializing_if = "RewardConfig::is_accuracy")]
    pub reward: RewardConfig,
    /// The arms in the order given.
    pub arms: Vec<ArmSummary>,
}

/// Statistics of one method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmSummary {
    /// Name of the method.
    pub name: String,
    /// Number of runs.
    pub runs: usize,
    /// Seeds of the runs.
    pub seeds: Vec<u64>,
    /// Best reward of each run.
    pub rewards: Vec<f64>,
    /// Mean and sample standard deviation of the rewards.
    pub reward: Option<MeanStd>,
    /// Median of the rewards.
    pub median: f64,
    /// Best reward of all runs.
    pub best: f64,
    /// Test value of each run's best architecture, if known for all runs.
    pub test: Option<MeanStd>,
    /// Number of runs that reached the target.
    pub reached: Option<usize>,
    /// Median number of evaluations to reach the target; `None` if less than half of the runs reached it.
    pub evaluations_to_target: Option<usize>,
    /// Seconds per run.
    pub seconds: Option<MeanStd>,
    /// Two-sided p-value of the rank test of the rewards against the first arm; `None` for the first arm.
    pub p: Option<f64>,
    /// Best reward so far after every evaluation.
    pub curve: Vec<Point>,
}

/// Statistics of an arm's runs after a number of evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Number of evaluations.
    pub evaluation: usize,
    /// Mean of the best rewards so far; an ended run contributes its last value.
    pub mean: f64,
    /// Sample standard deviation; 0 for a single run.
    pub deviation: f64,
    /// Lower quartile, median and upper quartile.
    pub quartiles: [f64; 3],
}

impl Comparison {
    /// Compares the arms, whose rewards must have the same unit and goal; every later arm is tested against the first.
    #[must_use]
    pub fn of(arms: &[Arm], target: Option<f64>) -> Self {
        let first: Vec<f64> = arms.first().map(bests).unwrap_or_default();
        let reward = arms.iter().flat_map(|arm| &arm.runs).next().map(|run| run.reward.clone()).unwrap_or_default();
        let summary = |(index, arm): (usize, &Arm)| {
            // A test of one run each is meaningless.
            let p = (index > 0 && first.len().max(arm.runs.len()) > 1).then(|| rank_test(&first, &bests(arm)));
            ArmSummary::of(arm, (target, reward.goal), p)
        };
        Self { target, arms: arms.iter().enumerate().map(summary).collect(), reward }
    }
}

impl ArmSummary {
    fn of(arm: &Arm, (target, goal): (Option<f64>, Goal), p: Option<f64>) -> Self {
        let rewards = bests(arm);
        let Summary { runs, reward, test, seconds, .. } = Summary::of(&arm.runs, None);
        let arrivals = target.map(|target| arm.runs.iter().map(|run| arrival(run, target, goal)).collect::<Vec<_>>());
        Self {
            name: arm.name.clone(),
            runs,
            seeds: arm.runs.iter().map(|run| run.seed).collect(),
            reward,
            median: quantile(&rewards, 0.5),
            best: goal.best(rewards.iter().copied()).unwrap_or(f64::NAN),
            test,
            reached: arrivals.as_ref().map(|all| all.iter().flatten().count()),
            evaluations_to_target: arrivals.and_then(|all| median_arrival(&all)),
            seconds,
            p,
            curve: curve(arm, goal),
            rewards,
        }
    }
}

fn bests(arm: &Arm) -> Vec<f64> {
    arm.runs.iter().map(|run| run.best.reward).collect()
}

/// Returns the evaluation at which a run first reached the target.
fn arrival(run: &Outcome, target: f64, goal: Goal) -> Option<usize> {
    run.history.iter().find(|record| !goal.is_better(target, record.reward)).map(|record| record.evaluation)
}

/// Returns the median; runs that never reach the target are ordered last.
fn median_arrival(arrivals: &[Option<usize>]) -> Option<usize> {
    let mut order: Vec<_> = arrivals.iter().map(|arrival| arrival.unwrap_or(usize::MAX)).collect();
    order.sort_unstable();
    order.get((order.len().max(1) - 1) / 2).copied().filter(|median| *median < usize::MAX)
}

fn curve(arm: &Arm, goal: Goal) -> Vec<Point> {
    let paths: Vec<Vec<f64>> = arm.runs.iter().map(|run| best_so_far(run, goal)).collect();
    let longest = paths.iter().map(Vec::len).max().unwrap_or(0);
    let point = |index: usize| {
        let values: Vec<f64> = paths.iter().filter_map(|path| path.get(index).or(path.last()).copied()).collect();
        let statistics = MeanStd::of(&values)?;
        let quartiles = [0.25, 0.5, 0.75].map(|fraction| quantile(&values, fraction));
        let deviation = statistics.deviation.unwrap_or(0.0);
        Some(Point { evaluation: index + 1, mean: statistics.mean, deviation, quartiles })
    };
    (0..longest).filter_map(point).collect()
}

fn best_so_far(run: &Outcome, goal: Goal) -> Vec<f64> {
    let best = |best: &mut f64, record: &super::TrialRecord| {
        *best = best.max(goal.turned(record.reward));
        Some(goal.turned(*best))
    };
    run.history.iter().scan(f64::NEG_INFINITY, best).collect()
}

/// Returns the quantile by linear interpolation between order statistics; NaN for no values.
fn quantile(values: &[f64], fraction: f64) -> f64 {
    let mut order = values.to_vec();
    order.sort_by(f64::total_cmp);
    let Some(last) = order.len().checked_sub(1) else { return f64::NAN };
    let position = fraction * last as f64;
    let (low, high) = (order[to_usize(to_integer(position.floor()))], order[to_usize(to_integer(position.ceil()))]);
    low + (high - low) * position.fract()
}
