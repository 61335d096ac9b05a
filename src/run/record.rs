//! The rows of a ledger as plain values.

use crate::graph::Graph;
use crate::search::{Best, Distribution, Source};
use serde::{Deserialize, Serialize};

/// What became of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has begun; a process that is gone left it so.
    Pending,
    /// It has a reward.
    Done,
    /// It got no reward.
    Failed,
}

impl State {
    /// Its name in the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state of a name.
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Pending, Self::Done, Self::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialRow {
    /// Its number, from 1, of all that were begun.
    pub number: usize,
    /// Its number among those with a reward, from 1, as in history.json.
    pub evaluation: Option<usize>,
    /// The round, from 0.
    pub round: u64,
    /// What became of it.
    pub state: State,
    /// `explorer` or `generator`.
    pub source: String,
    /// The architecture's text.
    pub arch: String,
    /// The key that all graphs of the architecture have.
    pub key: String,
    /// The graph that was drawn.
    pub graph: Graph,
    /// Validation accuracy in percent.
    pub reward: Option<f64>,
    /// Test accuracy in percent.
    pub test: Option<f64>,
    /// Parameters of its network.
    pub parameters: Option<u64>,
    /// Multiply-adds of its network for one image.
    pub multiply_adds: Option<u64>,
    /// Seconds of its network for one image on the run's device, where that was measured.
    pub latency: Option<f64>,
    /// Seed of its training.
    pub seed: Option<u64>,
    /// Natural logarithm of the probability with which the generator drew it.
    pub log_probability: Option<f64>,
    /// When it began, in seconds since 1970 (UTC).
    pub started: f64,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// Why it got no reward.
    pub error: Option<String>,
}

impl TrialRow {
    /// Whether the explorer proposed it.
    #[must_use]
    pub fn explored(&self) -> bool {
        self.source == Source::Explorer.name()
    }
}

/// One round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundRow {
    /// Its number, from 0.
    pub round: u64,
    /// Whether it explored.
    pub explored: bool,
    /// The probability of exploring that it had.
    pub probability: f64,
    /// Optimizer steps of the update before it; none without an update.
    pub steps: Option<usize>,
    /// Loss of the update's first step.
    pub first_loss: Option<f64>,
    /// Loss of the update's last step.
    pub last_loss: Option<f64>,
    /// Seconds of the update.
    pub train_seconds: f64,
    /// Seconds of drawing.
    pub sample_seconds: f64,
    /// Seconds of evaluating.
    pub evaluate_seconds: f64,
    /// Seconds of all of it.
    pub total_seconds: f64,
    /// Evaluations of the run after it.
    pub evaluations: usize,
    /// The best reward of the run after it.
    pub best: Option<f64>,
    /// Draws of the run that were rejected, by reason.
    pub rejected: crate::search::Rejected,
}

/// The generator's distribution after a round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistributionRow {
    /// The round, from 0.
    pub round: u64,
    /// What draws told of it.
    pub distribution: Distribution,
}

/// What a ledger says of its run as a whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// Search space.
    pub space: String,
    /// Dataset of the rewards.
    pub dataset: String,
    /// Generator that proposes.
    pub generator: String,
    /// Device it runs on.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Budget: distinct architectures to evaluate.
    pub evaluations: usize,
    /// Channels, height and width of an image that networks are built for.
    pub input: [usize; 3],
    /// Classes that they are built for.
    pub classes: usize,
    /// Channels of their first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// What the reward measures.
    pub reward_name: String,
    /// What the test figure measures.
    pub test_name: String,
    /// The best reward there is, where that is known.
    pub optimum: Option<f64>,
    /// The best architecture where it is not that of a trial: the child of shared weights that was trained in the end.
    pub best: Option<Best>,
    /// Version of the program.
    pub version: String,
    /// The command line that began it.
    pub command: String,
    /// `running`, which a killed run stays, `stopped`, `failed` or `finished`.
    pub status: String,
    /// When it began, in seconds since 1970 (UTC).
    pub started: f64,
    /// When the ledger was last written to on purpose: at the end of a process that came to one.
    pub ended: Option<f64>,
}
