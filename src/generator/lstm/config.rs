//! LSTM controller settings: the section `[lstm]` of the configuration.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// How a controller is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Training {
    /// On the replay set, as GraphPNAS.
    Replay,
    /// By one policy-gradient step per round on its own proposals.
    Reinforce,
}

/// The section `[lstm]`: size and training of the generator `lstm` (docs/method.md section 5, ENAS).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct LstmConfig {
    /// LSTM units.
    pub hidden: usize,
    /// Whether edges are decided by attention over earlier nodes, as in ENAS.
    pub attention: bool,
    /// replay (on the replay set, as graphpnas) or reinforce (one policy-gradient step per round on its own proposals).
    pub training: Training,
    /// Adam learning rate.
    pub learning_rate: f64,
    /// reinforce: reward bonus per nat of entropy.
    pub entropy: f64,
    /// reinforce: decay of the reward baseline, an exponential moving average.
    pub baseline_decay: f64,
    /// reinforce: target probability of an edge.
    pub skip_target: f64,
    /// reinforce: weight of the penalty for deviating from skip_target; 0 for none, 0.8 in ENAS.
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
