//! The result of a search, which `search --json` prints and `--out` saves.

use super::confirmation::Confirmation;
use super::supernet::SharedOutcome;
use crate::evaluate::RewardConfig;
use serde::{Deserialize, Serialize};

/// The result of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the search space.
    pub space: String,
    /// Data set of the rewards.
    pub dataset: String,
    /// Name of the generator.
    pub generator: String,
    /// Name of the device.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Unit of rewards and test values, and which of them are best; left out of JSON for accuracies in percent.
    #[serde(default, skip_serializing_if = "RewardConfig::is_accuracy")]
    pub reward: RewardConfig,
    /// Number of distinct architectures evaluated.
    pub evaluations: usize,
    /// The architecture with the best reward (the first among equals). With shared weights, the best one by shared
    /// weights at the end of the search; with proxies, the best finalist; both are trained from scratch.
    pub best: Best,
    /// Wall-clock seconds by activity.
    pub seconds: Seconds,
    /// Numbers of rejected graphs by reason.
    pub rejected: Rejected,
    /// Why the run ended before its budget was spent, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_early: Option<String>,
    /// Results of shared weights, if used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supernet: Option<SharedOutcome>,
    /// Results of training the finalists of a search with proxies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// Every evaluation in order.
    pub history: Vec<TrialRecord>,
}

/// The best architecture of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its text in the space.
    pub arch: String,
    /// Its reward, such as the validation accuracy in percent.
    pub reward: f64,
    /// Its test value, such as the test accuracy in percent, if the source has it.
    pub test: Option<f64>,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// Number of the evaluation, from 1.
    pub evaluation: usize,
    /// The architecture.
    pub arch: String,
    /// Its reward, such as the validation accuracy in percent.
    pub reward: f64,
    /// Its test value, such as the test accuracy in percent, if the source has it.
    pub test: Option<f64>,
}

/// Wall-clock seconds of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Seconds {
    /// Total.
    pub total: f64,
    /// Training the generator.
    pub train: f64,
    /// Drawing and checking graphs.
    pub sample: f64,
    /// Evaluating architectures.
    pub evaluate: f64,
}

impl Seconds {
    /// Returns the difference to an earlier value.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            total: self.total - earlier.total,
            train: self.train - earlier.train,
            sample: self.sample - earlier.sample,
            evaluate: self.evaluate - earlier.evaluate,
        }
    }
}

/// Numbers of graphs that were drawn but not evaluated, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rejected {
    /// Not a graph of the space.
    pub invalid: usize,
    /// Drawn before.
    pub seen: usize,
    /// Not in the (partial) table.
    pub not_in_table: usize,
    /// Over the cost limits.
    #[serde(default)]
    pub over_limits: usize,
    /// Failed evaluation: the loss was not finite, or no network could be built.
    #[serde(default)]
    pub failed: usize,
    /// Evaluated graphs from the random policy, used because the generator had no new graph in 20 attempts.
    pub fallbacks: usize,
}

impl Rejected {
    /// Describes the numbers that are not 0, for use in a sentence; `limits` are the keys of the cost limits.
    #[must_use]
    pub fn reasons(&self, limits: &[&str]) -> Vec<String> {
        let over = format!("over the cost limits ({})", limits.join(", "));
        let counts = [
            (self.over_limits, over.as_str()),
            (self.not_in_table, "not in the table"),
            (self.invalid, "not valid in the space"),
            (self.seen, "drawn before"),
            (self.failed, "without a reward"),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }
}

impl From<&TrialRecord> for Best {
    fn from(record: &TrialRecord) -> Self {
        Self { arch: record.arch.clone(), reward: record.reward, test: record.test }
    }
}
