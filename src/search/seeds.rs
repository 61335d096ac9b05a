//! Runs of the same search over several seeds, with mean and standard deviation.

use super::outcome::Outcome;
use crate::evaluate::Goal;
use crate::parallel;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// An inclusive range of seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    first: u64,
    last: u64,
}

/// A text that is not a range of seeds.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "write the seeds as A..B with A <= B, for example 1..10 (both included, 0 to {}, at most {MAX_SEEDS} of them)",
    u64::MAX
)]
pub struct SeedsError;

/// Maximum number of seeds, a protection against mistyped ranges.
const MAX_SEEDS: u64 = 100_000;

impl Seeds {
    /// Returns the seeds in order.
    pub fn to_vec(self) -> Vec<u64> {
        (self.first..=self.last).collect()
    }
}

impl Seeds {
    /// Number of seeds, at least 1.
    pub fn count(self) -> usize {
        usize::try_from(self.last - self.first).map_or(usize::MAX, |more| more.saturating_add(1))
    }
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let (first, last) = text.split_once("..").ok_or(SeedsError)?;
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| SeedsError);
        let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
        if first > last || last - first >= MAX_SEEDS {
            return Err(SeedsError);
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

/// Calls `run` for every seed on `threads` threads; returns the outcomes in the order of the seeds.
///
/// # Errors
/// The error of the first seed that failed; no run starts after a failure.
pub fn repeat<F, E>(seeds: &[u64], threads: usize, run: F) -> Result<Vec<Outcome>, E>
where
    F: Fn(u64) -> Result<Outcome, E> + Sync,
    E: Send,
{
    parallel::each(seeds.len(), threads, |index| run(seeds[index]))
}

/// Mean and sample standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanStd {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (n - 1); `None` for a single value.
    pub deviation: Option<f64>,
}

impl MeanStd {
    /// Computes mean and standard deviation; `None` for no values.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { mean, deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()) })
    }
}

/// Summary statistics of several runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of runs.
    pub runs: usize,
    /// Best reward of each run.
    pub reward: Option<MeanStd>,
    /// Test value of each run's best architecture, if known for all runs.
    pub test: Option<MeanStd>,
    /// Seconds of each run.
    pub seconds: Option<MeanStd>,
    /// The best reward in the table, if known.
    pub optimum: Option<f64>,
    /// Number of runs that found it.
    pub found_optimum: Option<usize>,
}

impl Summary {
    /// Summarises the runs; `optimum` is the best possible reward, if known.
    pub fn of(runs: &[Outcome], optimum: Option<f64>) -> Self {
        let rewards: Vec<f64> = runs.iter().map(|run| run.best.reward).collect();
        let tests: Option<Vec<f64>> = runs.iter().map(|run| run.best.test).collect();
        let seconds: Vec<f64> = runs.iter().map(|run| run.seconds.total).collect();
        let goal = runs.first().map_or_else(Goal::default, |run| run.reward.goal);
        let found = |top: f64| rewards.iter().filter(|reward| !goal.is_better(top, **reward)).count();
        Self {
            runs: runs.len(),
            reward: MeanStd::of(&rewards),
            test: tests.as_deref().and_then(MeanStd::of),
            seconds: MeanStd::of(&seconds),
            optimum,
            found_optimum: optimum.map(found),
        }
    }
}
