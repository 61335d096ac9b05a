//! The section `[replay]`: the replay set, on which the generator is trained.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[replay]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayConfig {
    /// Size of the replay set: number of best graphs.
    pub top: usize,
    /// Training reward: cdf (rank from worst / size of the replay set) or accuracy.
    pub reward: RewardKind,
    /// Reward baseline, an exponential moving average: replay-mean (of the replay set) or batch-mean (of each round's
    /// rewards).
    pub baseline: BaselineKind,
    /// Decay of the baseline; 0 for no baseline.
    pub baseline_decay: f64,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self { top: 15, reward: RewardKind::Cdf, baseline: BaselineKind::ReplayMean, baseline_decay: 0.0 }
    }
}

/// Type of the training reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RewardKind {
    /// Rank from worst divided by the size of the replay set.
    Cdf,
    /// The accuracy as a fraction.
    Accuracy,
}

/// Type of the reward baseline, an exponential moving average.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineKind {
    /// Average of the mean training reward of the replay set, one step per policy update.
    #[default]
    ReplayMean,
    /// Average of the mean reward, as a fraction, of a round's architectures, one step per round, starting at 0. The
    /// authors use it with decay 0.5 (docs/method.md section 3).
    BatchMean,
}
