//! What the loop holds between two rounds, and the search as it was then.

use super::error::SearchError;
use super::outcome::{Best, Rejected, Seconds, TrialRecord};
use super::replay::{Baseline, Replay};
use super::run::SearchLoop;
use super::shared::SharedRound;
use crate::evaluate::EvaluateError;
use crate::nn::Checkpoint;
use crate::train::TrainError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything a search holds between two rounds beside its generator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchState {
    /// The next round.
    pub round: u64,
    /// Whether nothing new was left to evaluate.
    #[serde(alias = "dry")]
    pub exhausted: bool,
    pub replay: Replay,
    pub baseline: Baseline,
    /// Keys of all that was evaluated or turned away.
    pub seen: BTreeSet<String>,
    pub history: Vec<TrialRecord>,
    pub best: Option<Best>,
    pub rejected: Rejected,
    /// Children without a reward since the last one with.
    pub failed_in_a_row: usize,
    pub seconds: Seconds,
    /// The rounds of shared weights.
    #[serde(default)]
    pub shared: Vec<SharedRound>,
    /// The rewards of architectures that were trained twice to estimate the noise; none before that.
    #[serde(default)]
    pub repeated: Option<Vec<[f64; 2]>>,
}

impl SearchState {
    /// The state of a search that has not begun.
    pub fn new(baseline: Baseline) -> Self {
        Self {
            round: 0,
            exhausted: false,
            replay: Replay::default(),
            baseline,
            seen: BTreeSet::new(),
            history: Vec::new(),
            best: None,
            rejected: Rejected::default(),
            failed_in_a_row: 0,
            seconds: Seconds::default(),
            shared: Vec::new(),
            repeated: None,
        }
    }

    fn read(text: &str) -> Result<Self, SearchError> {
        serde_json::from_str(text).map_err(unfit)
    }

    /// Evaluations with and without a reward.
    pub fn trials(&self) -> usize {
        self.history.len() + self.rejected.failed
    }
}

/// A search between two rounds.
///
/// Random numbers need no state: their streams are keyed by seed, purpose and round. An evaluator that learns while it
/// evaluates, such as one with shared weights, has its place here beside the generator.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The loop's own state, as JSON.
    pub state: String,
    /// The generator's.
    pub generator: Checkpoint,
    /// That of the weights that children share, where they do.
    pub shared: Option<Checkpoint>,
}

impl Snapshot {
    /// What the search had found: how many evaluations it had made, those without a reward included, and those with one.
    ///
    /// # Errors
    /// A snapshot that is not one of a search.
    pub fn found(&self) -> Result<(usize, Vec<TrialRecord>), SearchError> {
        let state = SearchState::read(&self.state)?;
        Ok((state.trials(), state.history))
    }
}

impl SearchLoop {
    /// Everything needed to go on from here; to be taken between two rounds.
    ///
    /// # Errors
    /// When the device under the generator fails.
    pub fn snapshot(&mut self) -> Result<Snapshot, SearchError> {
        let state = serde_json::to_string(&self.state).map_err(unfit)?;
        let shared = self.evaluator.supernet().map(|supernet| supernet.state()).transpose().map_err(of_shared)?;
        Ok(Snapshot { state, generator: self.generator.state()?, shared })
    }

    /// Goes back to a snapshot of a search that was built alike; the budget may be another.
    ///
    /// # Errors
    /// A snapshot that does not fit, or a failing device.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), SearchError> {
        let state = SearchState::read(&snapshot.state)?;
        match (self.evaluator.supernet(), &snapshot.shared) {
            (Some(supernet), Some(shared)) => supernet.restore(shared).map_err(of_shared)?,
            (None, None) => {}
            (Some(_), None) => return Err(unfit("it lacks the shared weights")),
            (None, Some(_)) => return Err(unfit("it has shared weights")),
        }
        self.generator.restore(&snapshot.generator)?;
        self.state = state;
        Ok(())
    }
}

fn of_shared(error: TrainError) -> SearchError {
    EvaluateError::Shared(Box::new(error)).into()
}

fn unfit(why: impl ToString) -> SearchError {
    SearchError::Snapshot(why.to_string())
}
