//! Several searches beside each other: curves of the best reward so far, spreads, a rank test.

use super::outcome::Outcome;
use super::several::{MeanStd, Summary};
use crate::convert::{to_integer, to_usize};
use crate::statistics::rank_test;
use serde::Serialize;

/// Runs of one kind of search, over several seeds.
#[derive(Debug, Clone)]
pub struct Arm {
    /// What the kind is called.
    pub name: String,
    /// Its runs, at least one.
    pub runs: Vec<Outcome>,
}

/// Several arms in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The reward that counts as reached, in percent, where there is one.
    pub target: Option<f64>,
    /// The arms in the order given.
    pub arms: Vec<ArmSummary>,
}

/// An arm in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmSummary {
    /// What it is called.
    pub name: String,
    /// Number of runs.
    pub runs: usize,
    /// Seeds of the runs.
    pub seeds: Vec<u64>,
    /// Best reward of each run, in percent.
    pub rewards: Vec<f64>,
    /// Their mean and sample deviation.
    pub reward: Option<MeanStd>,
    /// Their median.
    pub median: f64,
    /// The best of them.
    pub best: f64,
    /// Test accuracy of each run's best architecture, where known for all.
    pub test: Option<MeanStd>,
    /// Runs that reached the target.
    pub reached: Option<usize>,
    /// Median of the evaluations to reach it, over all runs; none if less than half of them did.
    pub evaluations_to_target: Option<usize>,
    /// Seconds of a run.
    pub seconds: Option<MeanStd>,
    /// Two-sided probability of so different ranks of the rewards if this arm and the first were the same; none for the
    /// first itself.
    pub p: Option<f64>,
    /// The best reward so far after every evaluation.
    pub curve: Vec<Point>,
}

/// The runs of an arm after some evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Evaluations done.
    pub evaluation: usize,
    /// Mean of the best rewards so far; a run that ended keeps its last.
    pub mean: f64,
    /// Their sample deviation, 0 of a single run.
    pub deviation: f64,
    /// Their lower quartile, median and upper quartile.
    pub quartiles: [f64; 3],
}

impl Comparison {
    /// Compares the arms; every later one is tested against the first.
    #[must_use]
    pub fn of(arms: &[Arm], target: Option<f64>) -> Self {
        let first: Vec<f64> = arms.first().map(bests).unwrap_or_default();
        let summary = |(place, arm): (usize, &Arm)| {
            // One run each tells nothing.
            let p = (place > 0 && first.len().max(arm.runs.len()) > 1).then(|| rank_test(&first, &bests(arm)));
            ArmSummary::of(arm, target, p)
        };
        Self { target, arms: arms.iter().enumerate().map(summary).collect() }
    }
}

impl ArmSummary {
    fn of(arm: &Arm, target: Option<f64>, p: Option<f64>) -> Self {
        let rewards = bests(arm);
        let Summary { runs, reward, test, seconds, .. } = Summary::of(&arm.runs, None);
        let arrivals = target.map(|target| arm.runs.iter().map(|run| arrival(run, target)).collect::<Vec<_>>());
        Self {
            name: arm.name.clone(),
            runs,
            seeds: arm.runs.iter().map(|run| run.seed).collect(),
            reward,
            median: quantile(&rewards, 0.5),
            best: rewards.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            test,
            reached: arrivals.as_ref().map(|all| all.iter().flatten().count()),
            evaluations_to_target: arrivals.and_then(|all| median_arrival(&all)),
            seconds,
            p,
            curve: curve(arm),
            rewards,
        }
    }
}

fn bests(arm: &Arm) -> Vec<f64> {
    arm.runs.iter().map(|run| run.best.reward).collect()
}

/// The evaluation at which a run first had the target.
fn arrival(run: &Outcome, target: f64) -> Option<usize> {
    run.history.iter().find(|record| record.reward >= target).map(|record| record.evaluation)
}

/// The median where a run that never arrives comes last.
fn median_arrival(arrivals: &[Option<usize>]) -> Option<usize> {
    let mut order: Vec<_> = arrivals.iter().map(|arrival| arrival.unwrap_or(usize::MAX)).collect();
    order.sort_unstable();
    order.get((order.len().max(1) - 1) / 2).copied().filter(|median| *median < usize::MAX)
}

fn curve(arm: &Arm) -> Vec<Point> {
    let paths: Vec<Vec<f64>> = arm.runs.iter().map(best_so_far).collect();
    let longest = paths.iter().map(Vec::len).max().unwrap_or(0);
    let at = |place: usize| {
        let values: Vec<f64> = paths.iter().filter_map(|path| path.get(place).or(path.last()).copied()).collect();
        let spread = MeanStd::of(&values)?;
        let quartiles = [0.25, 0.5, 0.75].map(|share| quantile(&values, share));
        let deviation = spread.deviation.unwrap_or(0.0);
        Some(Point { evaluation: place + 1, mean: spread.mean, deviation, quartiles })
    };
    (0..longest).filter_map(at).collect()
}

fn best_so_far(run: &Outcome) -> Vec<f64> {
    let best = |best: &mut f64, record: &super::TrialRecord| {
        *best = best.max(record.reward);
        Some(*best)
    };
    run.history.iter().scan(f64::NEG_INFINITY, best).collect()
}

/// The quantile by linear interpolation between order statistics; NaN of nothing.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut order = values.to_vec();
    order.sort_by(f64::total_cmp);
    let Some(last) = order.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (low, high) = (order[to_usize(to_integer(place.floor()))], order[to_usize(to_integer(place.ceil()))]);
    low + (high - low) * place.fract()
}
