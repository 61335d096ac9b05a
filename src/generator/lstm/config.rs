//! Settings of the LSTM controller: the section `[lstm]` of the configuration.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// How a controller learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Training {
    /// From the replay set, as GraphPNAS does.
    Replay,
    /// By one policy-gradient step a round on the graphs it proposed itself.
    Reinforce,
}

/// How the generator `lstm` is built and trained (docs/method.md section 5, ENAS).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct LstmConfig {
    /// Units.
    pub hidden: usize,
    /// Whether edges are decided by attention over earlier nodes, as in ENAS.
    pub attention: bool,
    /// replay learns as graphpnas does, reinforce by one policy-gradient step a round.
    pub training: Training,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// reinforce: what a nat of entropy adds to the reward.
    pub entropy: f64,
    /// reinforce: decay of the mean reward.
    pub baseline_decay: f64,
    /// reinforce: the probability of an edge that is drawn to.
    pub skip_target: f64,
    /// reinforce: how strongly; 0.8 in ENAS.
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
