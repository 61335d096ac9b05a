//! The row types of a ledger.

use crate::graph::Graph;
use crate::search::{Best, Distribution, ProposalSource, RewardConfig};
use serde::{Deserialize, Serialize};

/// The state of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Started but not finished; stays so if the process was killed.
    Pending,
    /// Finished with a reward.
    Done,
    /// Finished without a reward.
    Failed,
}

impl State {
    /// Returns the name of the state in the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Returns the state with this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Done, Self::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialRow {
    /// Its number among all trials, from 1.
    pub number: usize,
    /// Its number among the trials with a reward, from 1, as in history.json.
    pub evaluation: Option<usize>,
    /// The round, from 0.
    pub round: u64,
    /// Its state.
    pub state: State,
    /// Who proposed it: `explorer`, `generator` or `neighbour`.
    pub source: String,
    /// The architecture's text.
    pub arch: String,
    /// The canonical key, the same for all graphs of the architecture.
    pub key: String,
    /// The graph that was drawn.
    pub graph: Graph,
    /// Reward in the unit of the run, such as the validation accuracy in percent.
    pub reward: Option<f64>,
    /// Test value in the unit of the run, such as the test accuracy in percent.
    pub test: Option<f64>,
    /// Number of parameters of its network.
    pub parameters: Option<u64>,
    /// Number of multiply-adds of its network for one image.
    pub multiply_adds: Option<u64>,
    /// Latency of its network for one image on the device of the run, in seconds, if measured.
    pub latency: Option<f64>,
    /// Seed of its training.
    pub seed: Option<u64>,
    /// Natural logarithm of the probability with which the generator drew its graph.
    pub log_probability: Option<f64>,
    /// When it started, in seconds since 1970 (UTC).
    pub started: f64,
    /// Duration of the evaluation, in seconds.
    pub seconds: Option<f64>,
    /// Why it got no reward.
    pub error: Option<String>,
}

impl TrialRow {
    /// Whether the random exploration policy proposed it.
    #[must_use]
    pub fn explored(&self) -> bool {
        self.source == ProposalSource::Explorer.name()
    }
}

/// One round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundRow {
    /// Its number, from 0.
    pub round: u64,
    /// Whether the random exploration policy proposed its architectures.
    pub explored: bool,
    /// The exploration probability of the round (0 to 1).
    pub probability: f64,
    /// Optimizer steps of the policy update before it; none without an update.
    pub steps: Option<usize>,
    /// Loss of the update's first step.
    pub first_loss: Option<f64>,
    /// Loss of the update's last step.
    pub last_loss: Option<f64>,
    /// Duration of the policy update, in seconds.
    pub train_seconds: f64,
    /// Duration of drawing graphs, in seconds.
    pub sample_seconds: f64,
    /// Duration of the evaluations, in seconds.
    pub evaluate_seconds: f64,
    /// Duration of the round, in seconds.
    pub total_seconds: f64,
    /// Number of evaluations of the run after it.
    pub evaluations: usize,
    /// The best reward of the run after it.
    pub best: Option<f64>,
    /// Number of rejected draws of the run after it, by reason.
    pub rejected: crate::search::Rejected,
}

/// The generator's distribution after a round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistributionRow {
    /// The round, from 0.
    pub round: u64,
    /// The distribution, estimated from draws.
    pub distribution: Distribution,
}

/// Data about a run as a whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// Search space.
    pub space: String,
    /// Data set of the rewards.
    pub dataset: String,
    /// Name of the generator.
    pub generator: String,
    /// Device it runs on.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Budget: number of distinct architectures to evaluate.
    pub evaluations: usize,
    /// Input of the networks: channels, height and width of an image.
    pub input: [usize; 3],
    /// Number of classes of the networks.
    pub classes: usize,
    /// Channels of the first stage of the networks.
    pub channels: usize,
    /// Cells per stage, or of the complete network if it has no stages.
    pub cells: usize,
    /// Description of the reward.
    pub reward_name: String,
    /// Description of the test value.
    pub test_name: String,
    /// Unit of the rewards and test values, and which of them are best.
    #[serde(default, skip_serializing_if = "RewardConfig::is_accuracy")]
    pub reward: RewardConfig,
    /// The best reward in the search space, if known.
    pub optimum: Option<f64>,
    /// The best architecture if it is not that of a trial: the network that was trained from scratch at the end of a
    /// search with shared weights or proxies.
    pub best: Option<Best>,
    /// Version of the program.
    pub version: String,
    /// The command line that started the run.
    pub command: String,
    /// `running`, `stopped`, `failed` or `finished`; a killed run stays `running`.
    pub status: String,
    /// When the run started, in seconds since 1970 (UTC).
    pub started: f64,
    /// When the last process of the run ended on its own, in seconds since 1970 (UTC); not updated if it was killed.
    pub ended: Option<f64>,
}
