//! The state of the search loop between two rounds, and snapshots of a search.

use super::error::SearchError;
use super::outcome::{Best, Rejected, Seconds, TrialRecord};
use super::replay::{Baseline, Replay};
use super::run::SearchLoop;
use super::supernet::SharedRound;
use crate::evaluate::EvaluateError;
use crate::nn::Checkpoint;
use crate::train::TrainError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The state of a search between two rounds, without the generator and shared weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchState {
    /// The next round.
    pub round: u64,
    /// Whether no new architecture was left to evaluate.
    #[serde(alias = "dry")]
    pub exhausted: bool,
    pub replay: Replay,
    pub baseline: Baseline,
    /// Keys of all evaluated or rejected architectures.
    pub seen: BTreeSet<String>,
    pub history: Vec<TrialRecord>,
    pub best: Option<Best>,
    pub rejected: Rejected,
    /// Consecutive failed evaluations.
    pub failed_in_a_row: usize,
    pub seconds: Seconds,
    /// Training rounds of shared weights.
    #[serde(default)]
    pub shared: Vec<SharedRound>,
    /// Rewards of the architectures that were trained twice to estimate the noise; `None` before that.
    #[serde(default)]
    pub repeated: Option<Vec<[f64; 2]>>,
}

impl SearchState {
    /// Creates the initial state.
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
        serde_json::from_str(text).map_err(mismatch)
    }

    /// Number of evaluations, including failed ones.
    pub fn trials(&self) -> usize {
        self.history.len() + self.rejected.failed
    }
}

/// A saved search between two rounds.
///
/// Random number generators have no state: their streams are keyed by seed, purpose and round.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// State of the loop as JSON.
    pub state: String,
    /// State of the generator.
    pub generator: Checkpoint,
    /// State of the shared weights, if any.
    pub shared: Option<Checkpoint>,
}

impl Snapshot {
    /// Returns the number of evaluations, including failed ones, and the successful evaluations.
    ///
    /// # Errors
    /// The snapshot is invalid.
    pub fn found(&self) -> Result<(usize, Vec<TrialRecord>), SearchError> {
        let state = SearchState::read(&self.state)?;
        Ok((state.trials(), state.history))
    }
}

impl SearchLoop {
    /// Creates a snapshot; must be called between two rounds.
    ///
    /// # Errors
    /// The device of the generator fails.
    pub fn snapshot(&mut self) -> Result<Snapshot, SearchError> {
        let state = serde_json::to_string(&self.state).map_err(mismatch)?;
        let shared = self.evaluator.supernet().map(|supernet| supernet.state()).transpose().map_err(shared_error)?;
        Ok(Snapshot { state, generator: self.generator.state()?, shared })
    }

    /// Restores a snapshot of a search with the same settings, except for the budget, which may differ.
    ///
    /// # Errors
    /// The snapshot does not match, or the device fails.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), SearchError> {
        let state = SearchState::read(&snapshot.state)?;
        match (self.evaluator.supernet(), &snapshot.shared) {
            (Some(supernet), Some(shared)) => supernet.restore(shared).map_err(shared_error)?,
            (None, None) => {}
            (Some(_), None) => return Err(mismatch("it lacks the shared weights")),
            (None, Some(_)) => return Err(mismatch("it has shared weights")),
        }
        self.generator.restore(&snapshot.generator)?;
        self.state = state;
        Ok(())
    }
}

fn shared_error(error: TrainError) -> SearchError {
    EvaluateError::Shared(Box::new(error)).into()
}

fn mismatch(why: impl ToString) -> SearchError {
    SearchError::Snapshot(why.to_string())
}
