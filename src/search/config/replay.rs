//! The section `[replay]`: what the generator is trained with.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[replay]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayConfig {
    /// How many of them.
    pub top: usize,
    /// Their weight: cdf, the rank from worst over their number, or accuracy.
    pub reward: RewardKind,
    /// The mean subtracted from the weights: replay-mean, of the best graphs, or batch-mean, of each round's rewards.
    pub baseline: BaselineKind,
    /// Decay of that mean; 0 subtracts nothing.
    pub baseline_decay: f64,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self { top: 15, reward: RewardKind::Cdf, baseline: BaselineKind::ReplayMean, baseline_decay: 0.0 }
    }
}

/// Form of the training reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RewardKind {
    /// Rank from worst over size of the replay set.
    Cdf,
    /// The accuracy as a fraction.
    Accuracy,
}

/// What the reward baseline is an exponentially weighted mean of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineKind {
    /// The mean training reward of the replay set, one step an update of the generator.
    #[default]
    ReplayMean,
    /// The mean reward, as a fraction, of the architectures that a round evaluated, one step a round, from 0; the authors'
    /// own, with decay 0.5 (docs/method.md section 3).
    BatchMean,
}
