//! Observers of a search, which may also supply recorded results.

use super::outcome::{Best, Rejected, Seconds, TrialRecord};
use super::run::SearchLoop;
use super::trial::{Trial, TrialEnd, TrialResult};
use crate::generator::PolicyUpdate;
use crate::train::{Silent, Trainer};

/// Receives the events of a search.
pub trait Observer {
    /// An architecture was evaluated; `best` is the best so far, including this one.
    fn evaluated(&mut self, record: &TrialRecord, best: &Best) {
        let _ = (record, best);
    }

    /// The generator was updated before round `round`.
    fn generator_updated(&mut self, round: u64, update: &PolicyUpdate) {
        let _ = (round, update);
    }

    /// Returns the recorded result of this trial, if an earlier process has evaluated it; the evaluator is then not
    /// called.
    fn recorded(&mut self, trial: &Trial<'_>) -> Option<TrialResult> {
        let _ = trial;
        None
    }

    /// A slow evaluation starts.
    fn trial_started(&mut self, trial: &Trial<'_>) {
        let _ = trial;
    }

    /// An evaluation ended.
    fn trial_ended(&mut self, trial: &Trial<'_>, ended: &TrialEnd<'_>) {
        let _ = (trial, ended);
    }

    /// A round ended; between two rounds the search can be saved ([`SearchLoop::snapshot`]).
    fn round(&mut self, search: &mut SearchLoop, round: &Round) {
        let _ = (search, round);
    }

    /// A training round of shared weights before the search ended; `last` marks the last one. The search can be saved.
    fn shared(&mut self, search: &mut SearchLoop, last: bool) {
        let _ = (search, last);
    }

    /// A warning to show while the search is running.
    fn warns(&mut self, warning: &str) {
        let _ = warning;
    }

    /// A search with shared weights or proxies has trained its best architecture from scratch.
    fn final_trained(&mut self, best: &Best, network: Option<&Trainer>) {
        let _ = (best, network);
    }

    /// Whether to stop now; called before every evaluation and round.
    fn stop(&mut self) -> bool {
        false
    }
}

impl Observer for Silent {}

/// Statistics of a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Its number, from 0.
    pub number: u64,
    /// Its exploration probability.
    pub probability: f64,
    /// Whether it explored.
    pub explored: bool,
    /// The generator update before it, if any.
    pub update: Option<PolicyUpdate>,
    /// Seconds of this round.
    pub seconds: Seconds,
    /// Total evaluations after it.
    pub evaluations: usize,
    /// Best reward after it.
    pub best: Option<f64>,
    /// Total rejected graphs after it.
    pub rejected: Rejected,
    /// Whether it had the configured batch size; `false` if the end of the budget shortened it.
    pub complete: bool,
}
