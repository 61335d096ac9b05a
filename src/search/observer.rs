//! Who watches a search, and may know some of its answers already.

use super::outcome::{Best, Rejected, Seconds, TrialRecord};
use super::run::SearchLoop;
use super::trial::{Answer, Ended, Trial};
use crate::generator::PolicyUpdate;
use crate::train::Trainer;

/// Somebody who watches a search.
pub trait Observer {
    /// An architecture was evaluated; `best` is the best so far, this one included.
    fn evaluated(&mut self, record: &TrialRecord, best: &Best) {
        let _ = (record, best);
    }

    /// The generator had an update before round `round`.
    fn generator_updated(&mut self, round: u64, update: &PolicyUpdate) {
        let _ = (round, update);
    }

    /// What an earlier process found out about this trial; the evaluator is then not asked.
    fn recorded(&mut self, trial: &Trial<'_>) -> Option<Answer> {
        let _ = trial;
        None
    }

    /// An evaluation that takes its time begins.
    fn trial_started(&mut self, trial: &Trial<'_>) {
        let _ = trial;
    }

    /// An evaluation is over.
    fn trial_ended(&mut self, trial: &Trial<'_>, ended: &Ended<'_>) {
        let _ = (trial, ended);
    }

    /// A round is over; between two rounds the search can be kept ([`SearchLoop::snapshot`]).
    fn round(&mut self, search: &mut SearchLoop, round: &Round) {
        let _ = (search, round);
    }

    /// A round of shared weights' training before the search is over, the last of them or not; the search can be kept here too.
    fn shared(&mut self, search: &mut SearchLoop, last: bool) {
        let _ = (search, last);
    }

    /// A warning that should be shown while the search still runs.
    fn warns(&mut self, warning: &str) {
        let _ = warning;
    }

    /// A search with shared weights or proxies has trained the best child from scratch.
    fn final_trained(&mut self, best: &Best, network: Option<&Trainer>) {
        let _ = (best, network);
    }

    /// Whether to stop now; asked before every evaluation and round.
    fn stop(&mut self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}

/// What a round did.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Its number, from 0.
    pub number: u64,
    /// The probability of exploring that it had.
    pub probability: f64,
    /// Whether it explored.
    pub explored: bool,
    /// The generator's update before it, if there was one.
    pub update: Option<PolicyUpdate>,
    /// Its own seconds.
    pub seconds: Seconds,
    /// Evaluations of the search after it.
    pub evaluations: usize,
    /// The best reward after it.
    pub best: Option<f64>,
    /// Rejected draws of the search after it.
    pub rejected: Rejected,
    /// Whether it was as long as the configuration says, and not cut short by the budget's end.
    pub whole: bool,
}
