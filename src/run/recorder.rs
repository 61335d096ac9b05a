//! Records a search while it runs, and reuses the results that an earlier process recorded.

use super::checkpoint;
use super::error::RunError;
use super::events::Events;
use super::ledger::Ledger;
use super::network;
use super::origin::Origin;
use super::record::{State, TrialRow};
use crate::evaluate::Evaluation;
use crate::generator::PolicyUpdate;
use crate::search::{Best, Goal, Observer, Round, SearchLoop, Trial, TrialEnd, TrialRecord, TrialResult};
use crate::train::Trainer;
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The minimum time between checkpoints.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// Checkpoints take at most 1 / `OVERHEAD` of the running time.
const OVERHEAD: u32 = 20;

/// The approximate number of distributions that are recorded in a run.
const DISTRIBUTIONS: usize = 50;

/// Graphs drawn to estimate each distribution.
const SAMPLES: usize = 128;

/// An observer that writes the ledger and the checkpoints, and forwards every event to another observer.
pub(super) struct RunRecorder<'a> {
    folder: &'a Path,
    ledger: &'a Ledger,
    origin: &'a Origin,
    inner: &'a mut dyn Observer,
    events: &'a mut Events,
    /// Trials that an earlier process finished, by key: their number and their result.
    known: HashMap<String, (usize, TrialResult)>,
    /// Results from the checkpoint that are missing in the ledger, by the text of the architecture.
    recovered: HashMap<String, TrialResult>,
    /// Whether a reward depends on the trials before it, as with shared weights, so that it is only valid for the same
    /// number.
    positional: bool,
    /// The best reward in the ledger, turned so that larger is better.
    best: Option<f64>,
    goal: Goal,
    /// The distribution is recorded every `stride` rounds.
    stride: u64,
    /// When the last checkpoint was written, and how long that took.
    last_checkpoint: (Instant, Duration),
    synced: Instant,
    /// Whether the last round was complete; `None` before the first round.
    complete: Option<bool>,
    /// The first error; it stops the search.
    failed: Option<RunError>,
}

impl<'a> RunRecorder<'a> {
    /// Creates the recorder of a search that starts or resumes.
    pub(super) fn new(
        folder: &'a Path,
        (ledger, origin): (&'a Ledger, &'a Origin),
        search: &SearchLoop,
        inner: &'a mut dyn Observer,
        events: &'a mut Events,
    ) -> Result<Self, RunError> {
        let finished = ledger.trials()?.into_iter().filter(|row| row.number > search.trials());
        let known = finished.filter_map(|row| Some((row.key.clone(), (row.number, answer(row)?)))).collect();
        let rounds = search.config().evaluations.div_ceil(search.config().batch.max(1));
        let stride = rounds.div_ceil(DISTRIBUTIONS).max(1) as u64;
        let now = Instant::now();
        let last_checkpoint = (now, Duration::ZERO);
        let goal = search.config().reward.goal;
        let best = ledger.best()?.and_then(|trial| trial.reward).map(|reward| goal.turned(reward));
        let recovered = HashMap::new();
        Ok(Self {
            folder,
            ledger,
            origin,
            inner,
            events,
            known,
            recovered,
            positional: search.rewards_depend_on_history(),
            best,
            goal,
            stride,
            last_checkpoint,
            synced: now,
            complete: None,
            failed: None,
        })
    }

    /// Adds results of an earlier process that are not in the ledger.
    pub(super) fn with_results(mut self, records: Vec<TrialRecord>) -> Self {
        let done = |record: &TrialRecord| TrialResult::Done(Evaluation { reward: record.reward, test: record.test });
        self.recovered = records.into_iter().map(|record| (record.arch.clone(), done(&record))).collect();
        self
    }

    /// Returns the first error, if any.
    pub(super) fn check(&mut self) -> Result<(), RunError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Checkpoints a finished search, except in two cases, where the previous checkpoint stays: the budget cut the last
    /// round short, since a larger budget would continue that round; or the search has shared weights, since it updated
    /// its generator once more at the end.
    pub(super) fn final_checkpoint(&mut self, search: &mut SearchLoop) -> Result<(), RunError> {
        let resumable = self.complete == Some(true) && !search.config().supernet.enabled;
        if resumable { self.checkpoint(search) } else { Ok(()) }
    }

    /// Records the distribution of the generator before `round`.
    pub(super) fn record_distribution(&mut self, search: &mut SearchLoop, round: u64) -> Result<(), RunError> {
        match search.sample_distribution(SAMPLES)? {
            Some(distribution) => self.ledger.distribution(round, &distribution),
            None => Ok(()),
        }
    }

    fn try_to(&mut self, work: impl FnOnce(&mut Self) -> Result<(), RunError>) {
        if self.failed.is_none() {
            self.failed = work(self).err();
        }
    }

    fn record_round(&mut self, search: &mut SearchLoop, round: &Round) -> Result<(), RunError> {
        self.ledger.round(round)?;
        self.complete = Some(round.complete);
        if round.update.is_some() && round.number.is_multiple_of(self.stride) {
            self.record_distribution(search, round.number)?;
        }
        if round.complete && self.is_due() {
            self.checkpoint(search)?;
        }
        self.events.update(self.ledger)
    }

    /// Checkpoints shared weights during their training before the search, and always at its end, since this phase
    /// takes the longest to repeat.
    fn checkpoint_shared(&mut self, search: &mut SearchLoop, last: bool) -> Result<(), RunError> {
        if last || self.is_due() { self.checkpoint(search) } else { Ok(()) }
    }

    /// Whether it is time for the next checkpoint.
    fn is_due(&self) -> bool {
        let (at, took) = self.last_checkpoint;
        at.elapsed() >= MIN_INTERVAL.max(took * OVERHEAD)
    }

    /// Writes a checkpoint. Syncs the ledger first, since a search that resumes from the checkpoint does not repeat the
    /// trials before it.
    fn checkpoint(&mut self, search: &mut SearchLoop) -> Result<(), RunError> {
        let start = Instant::now();
        self.ledger.sync()?;
        checkpoint::save(self.folder, search.snapshot()?, self.origin)?;
        self.last_checkpoint = (Instant::now(), start.elapsed());
        self.synced = Instant::now();
        Ok(())
    }

    fn record_trial(&mut self, trial: &Trial<'_>, ended: &TrialEnd<'_>) -> Result<(), RunError> {
        let is_recorded = |(number, answer): &(usize, TrialResult)| *number == trial.number && answer == ended.result;
        if self.known.get(trial.key).is_some_and(is_recorded) {
            return Ok(());
        }
        let reward = match ended.result {
            TrialResult::Done(evaluation) => Some(self.goal.turned(evaluation.reward)),
            TrialResult::Failed(_) => None,
        };
        let network = ended.network.filter(|_| reward > self.best);
        network.map_or(Ok(()), |network| network::save_next(self.folder, network, &self.origin.id))?;
        self.ledger.end(trial, ended)?;
        network.map_or(Ok(()), |_| network::promote_next(self.folder))?;
        if reward > self.best {
            self.best = reward;
        }
        if self.synced.elapsed() >= MIN_INTERVAL {
            self.ledger.sync()?;
            self.synced = Instant::now();
        }
        self.events.update(self.ledger)
    }

    /// Records the network that a search with shared weights or proxies trained at its end, which is not a trial in the
    /// ledger.
    fn conclude(&mut self, best: &Best, network: Option<&Trainer>) -> Result<(), RunError> {
        network.map_or(Ok(()), |network| network::save_next(self.folder, network, &self.origin.id))?;
        self.ledger.put_best(best)?;
        network.map_or(Ok(()), |_| network::promote_next(self.folder))
    }
}

/// Returns the result of a trial, or `None` if it is pending.
fn answer(row: TrialRow) -> Option<TrialResult> {
    match row.state {
        State::Pending => None,
        State::Done => Some(TrialResult::Done(Evaluation { reward: row.reward?, test: row.test })),
        State::Failed => Some(TrialResult::Failed(row.error?)),
    }
}

impl Observer for RunRecorder<'_> {
    fn evaluated(&mut self, record: &TrialRecord, best: &Best) {
        self.inner.evaluated(record, best);
    }

    fn generator_updated(&mut self, round: u64, update: &PolicyUpdate) {
        self.inner.generator_updated(round, update);
    }

    fn recorded(&mut self, trial: &Trial<'_>) -> Option<TrialResult> {
        let known = self.known.get(trial.key).filter(|(number, _)| !self.positional || *number == trial.number);
        let known = known.map(|(_, answer)| answer);
        known.or_else(|| self.recovered.get(trial.arch)).cloned().or_else(|| self.inner.recorded(trial))
    }

    fn trial_started(&mut self, trial: &Trial<'_>) {
        self.try_to(|recorder| recorder.ledger.begin(trial));
        self.inner.trial_started(trial);
    }

    fn trial_ended(&mut self, trial: &Trial<'_>, ended: &TrialEnd<'_>) {
        self.try_to(|recorder| recorder.record_trial(trial, ended));
        self.inner.trial_ended(trial, ended);
    }

    fn round(&mut self, search: &mut SearchLoop, round: &Round) {
        self.try_to(|recorder| recorder.record_round(search, round));
        self.inner.round(search, round);
    }

    fn shared(&mut self, search: &mut SearchLoop, last: bool) {
        self.try_to(|recorder| recorder.checkpoint_shared(search, last));
        self.inner.shared(search, last);
    }

    fn warns(&mut self, warning: &str) {
        self.inner.warns(warning);
    }

    fn final_trained(&mut self, best: &Best, network: Option<&Trainer>) {
        self.try_to(|recorder| recorder.conclude(best, network));
        self.inner.final_trained(best, network);
    }

    fn stop(&mut self) -> bool {
        self.failed.is_some() || self.inner.stop()
    }
}
