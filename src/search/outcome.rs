//! What a search found: the value `search --json` prints and `--out` keeps.

use super::confirm::Confirmation;
use super::shared::SharedOutcome;
use serde::{Deserialize, Serialize};

/// The result of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Search space.
    pub space: String,
    /// Dataset of the rewards.
    pub dataset: String,
    /// Generator that proposed.
    pub generator: String,
    /// Device it ran on.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Distinct architectures evaluated.
    pub evaluations: usize,
    /// The architecture with the highest reward, the earlier one of equals; with shared weights the one of those drawn in
    /// the end that they rank first, with proxies the best of the finalists, trained from scratch.
    pub best: Best,
    /// Where the time went.
    pub seconds: Seconds,
    /// Draws that were not evaluated, by reason.
    pub rejected: Rejected,
    /// Why the run ended before its budget, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_early: Option<String>,
    /// What a search with shared weights tells besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supernet: Option<SharedOutcome>,
    /// What training the best few for longer told, of a search with proxies.
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
    /// Validation accuracy in percent.
    pub reward: f64,
    /// Test accuracy in percent, where the source knows it.
    pub test: Option<f64>,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// Number of the evaluation, from 1.
    pub evaluation: usize,
    /// The architecture.
    pub arch: String,
    /// Validation accuracy in percent.
    pub reward: f64,
    /// Test accuracy in percent, where the source knows it.
    pub test: Option<f64>,
}

/// Wall-clock seconds of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Seconds {
    /// All of it.
    pub total: f64,
    /// Teaching the generator.
    pub train: f64,
    /// Drawing graphs and checking them.
    pub sample: f64,
    /// Evaluating architectures.
    pub evaluate: f64,
}

impl Seconds {
    /// What was added since an earlier reading.
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

/// Draws that were not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rejected {
    /// Not a graph of the space.
    pub invalid: usize,
    /// Drawn before.
    pub seen: usize,
    /// Not in the (partial) table.
    pub not_in_table: usize,
    /// Over the limits on cost.
    #[serde(default)]
    pub over_limits: usize,
    /// Without a reward: the loss was no number, or no network could be built.
    #[serde(default)]
    pub failed: usize,
    /// Evaluated graphs that came from the explorer because the generator had nothing new in 20 attempts.
    pub fallbacks: usize,
}

impl Rejected {
    /// What became of the draws that were not evaluated, as the parts of a sentence; `limits` are the keys of the limits on
    /// cost. Empty where all were evaluated.
    #[must_use]
    pub fn reasons(&self, limits: &[&str]) -> Vec<String> {
        let over = format!("over the limits on cost ({})", limits.join(", "));
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
