//! The section `[lstm]` of the configuration.

use super::config::Complaint;
use crate::generator::lstm::Training;
use serde::{Deserialize, Serialize};

/// How the generator `lstm` is built and taught (METHOD section 5, ENAS).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LstmConfig {
    /// Units of the LSTM.
    pub hidden: usize,
    /// Whether edges are decided by attention over earlier nodes.
    pub attention: bool,
    /// `replay` learns as graphpnas does, `reinforce` by one policy-gradient step a round.
    pub training: Training,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// `reinforce`: what a nat of a proposal's entropy adds to its reward, a fraction.
    pub entropy: f64,
    /// `reinforce`: decay of the mean reward.
    pub baseline_decay: f64,
    /// `reinforce`: the probability of an edge that is drawn to.
    pub skip_target: f64,
    /// `reinforce`: how strongly; 0.8 in ENAS, whose edges are skips.
    pub skip_weight: f64,
}

impl Default for LstmConfig {
    fn default() -> Self {
        Self {
            hidden: 64,
            attention: false,
            training: Training::Replay,
            learning_rate: 1e-3,
            entropy: 1e-4,
            baseline_decay: 0.99,
            skip_target: 0.4,
            skip_weight: 0.0,
        }
    }
}

impl LstmConfig {
    /// The first value out of its range.
    pub(super) fn complaint(&self) -> Option<Complaint> {
        if self.hidden == 0 {
            return Some(("lstm.hidden", "must be at least 1, not 0".into()));
        }
        let rate = self.learning_rate;
        if !(rate.is_finite() && rate > 0.0) {
            return Some(("lstm.learning_rate", format!("must be above 0, not {rate}")));
        }
        let weights = [("lstm.entropy", self.entropy), ("lstm.skip_weight", self.skip_weight)];
        if let Some((key, value)) = weights.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            return Some((key, format!("must be at least 0, not {value}")));
        }
        let (decay, target) = (self.baseline_decay, self.skip_target);
        if !(0.0..1.0).contains(&decay) {
            return Some(("lstm.baseline_decay", format!("must be from 0 to below 1, not {decay}")));
        }
        let inside = target > 0.0 && target < 1.0;
        (!inside).then(|| ("lstm.skip_target", format!("must be between 0 and 1, not {target}")))
    }
}
