//! Writes down what a search does while it does it, and answers what an earlier process has found out.

use super::checkpoint;
use super::error::RunError;
use super::events::Events;
use super::ledger::Ledger;
use super::network;
use super::origin::Origin;
use super::record::{State, TrialRow};
use crate::evaluate::Evaluation;
use crate::generator::PolicyUpdate;
use crate::search::{Answer, Best, Ended, Observer, Record, Round, SearchLoop, Trial};
use crate::train::Trainer;
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Checkpoints are no closer together than this.
const APART: Duration = Duration::from_secs(1);

/// Nor do they take more of the time than one part in so many.
const SHARE: u32 = 20;

/// Distributions that are kept of a run, about.
const LOOKS: usize = 50;

/// Graphs drawn for each.
const DRAWN: usize = 128;

/// An observer that writes the ledger and the checkpoints, and passes everything on to another.
pub(super) struct RunRecorder<'a> {
    folder: &'a Path,
    ledger: &'a Ledger,
    origin: &'a Origin,
    inner: &'a mut dyn Observer,
    events: &'a mut Events,
    /// Trials that an earlier process finished, by key: their number and what came of them.
    known: HashMap<String, (usize, Answer)>,
    /// What an earlier process found of architectures, by their text, that the ledger has lost.
    lost: HashMap<String, Answer>,
    /// Whether a reward is that of its place in the run and of no other.
    placed: bool,
    /// The best reward in the ledger.
    best: Option<f64>,
    /// The distribution is looked at every so many rounds.
    stride: u64,
    /// When the last checkpoint was written, and how long that took.
    last: (Instant, Duration),
    synced: Instant,
    /// Whether the last round was whole, and whether it is in the checkpoint.
    whole: Option<bool>,
    /// What went wrong; the search is told to stop.
    failed: Option<RunError>,
}

impl<'a> RunRecorder<'a> {
    /// A recorder of a search that is about to go on.
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
        let stride = rounds.div_ceil(LOOKS).max(1) as u64;
        let now = Instant::now();
        let last = (now, Duration::ZERO);
        let (lost, best) = (HashMap::new(), ledger.best()?.and_then(|trial| trial.reward));
        Ok(Self {
            folder,
            ledger,
            origin,
            inner,
            events,
            known,
            lost,
            placed: search.remembers(),
            best,
            stride,
            last,
            synced: now,
            whole: None,
            failed: None,
        })
    }

    /// Answers these too.
    pub(super) fn knowing(mut self, found: Vec<Record>) -> Self {
        let done = |record: &Record| Answer::Done(Evaluation { reward: record.reward, test: record.test });
        self.lost = found.into_iter().map(|record| (record.arch.clone(), done(&record))).collect();
        self
    }

    /// What went wrong, if anything did.
    pub(super) fn failed(&mut self) -> Result<(), RunError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Checkpoints a search that has come to its end, unless its last round was cut short: with a larger budget that round
    /// would have gone on. One with shared weights updated its generator once more for its end, and is left as it was.
    pub(super) fn last(&mut self, search: &mut SearchLoop) -> Result<(), RunError> {
        let as_it_was = self.whole == Some(true) && !search.config().supernet.enabled;
        if as_it_was { self.checkpoint(search) } else { Ok(()) }
    }

    /// Keeps the distribution of the generator as it was before `round`.
    pub(super) fn look(&mut self, search: &mut SearchLoop, round: u64) -> Result<(), RunError> {
        match search.look(DRAWN)? {
            Some(distribution) => self.ledger.distribution(round, &distribution),
            None => Ok(()),
        }
    }

    fn try_to(&mut self, work: impl FnOnce(&mut Self) -> Result<(), RunError>) {
        if self.failed.is_none() {
            self.failed = work(self).err();
        }
    }

    fn keep_round(&mut self, search: &mut SearchLoop, round: &Round) -> Result<(), RunError> {
        self.ledger.round(round)?;
        self.whole = Some(round.whole);
        if round.update.is_some() && round.number.is_multiple_of(self.stride) {
            self.look(search, round.number)?;
        }
        if round.whole && self.is_due() {
            self.checkpoint(search)?;
        }
        self.events.follow(self.ledger)
    }

    /// Checkpoints shared weights that are trained before the search, in the end always: this takes longest to repeat.
    fn keep_shared(&mut self, search: &mut SearchLoop, last: bool) -> Result<(), RunError> {
        if last || self.is_due() { self.checkpoint(search) } else { Ok(()) }
    }

    /// Whether the last checkpoint is long enough ago.
    fn is_due(&self) -> bool {
        let (at, took) = self.last;
        at.elapsed() >= APART.max(took * SHARE)
    }

    /// The ledger reaches the disk first, since a search that goes on from the checkpoint does not repeat what is in it.
    fn checkpoint(&mut self, search: &mut SearchLoop) -> Result<(), RunError> {
        let start = Instant::now();
        self.ledger.sync()?;
        checkpoint::save(self.folder, &search.snapshot()?, self.origin)?;
        self.last = (Instant::now(), start.elapsed());
        self.synced = Instant::now();
        Ok(())
    }

    fn keep_trial(&mut self, trial: &Trial<'_>, ended: &Ended<'_>) -> Result<(), RunError> {
        let is_kept = |(number, answer): &(usize, Answer)| *number == trial.number && answer == ended.answer;
        if self.known.get(trial.key).is_some_and(is_kept) {
            return Ok(());
        }
        let reward = match ended.answer {
            Answer::Done(evaluation) => Some(evaluation.reward),
            Answer::Failed(_) => None,
        };
        let network = ended.network.filter(|_| reward > self.best);
        network.map_or(Ok(()), |network| network::keep(self.folder, network, &self.origin.id))?;
        self.ledger.end(trial, ended)?;
        network.map_or(Ok(()), |_| network::settle(self.folder))?;
        if reward > self.best {
            self.best = reward;
        }
        if self.synced.elapsed() >= APART {
            self.ledger.sync()?;
            self.synced = Instant::now();
        }
        self.events.follow(self.ledger)
    }

    /// The best child of shared weights is no trial of the ledger.
    fn conclude(&mut self, best: &Best, network: Option<&Trainer>) -> Result<(), RunError> {
        network.map_or(Ok(()), |network| network::keep(self.folder, network, &self.origin.id))?;
        self.ledger.best_is(best)?;
        network.map_or(Ok(()), |_| network::settle(self.folder))
    }
}

/// What came of a trial, where it is over.
fn answer(row: TrialRow) -> Option<Answer> {
    match row.state {
        State::Pending => None,
        State::Done => Some(Answer::Done(Evaluation { reward: row.reward?, test: row.test })),
        State::Failed => Some(Answer::Failed(row.error?)),
    }
}

impl Observer for RunRecorder<'_> {
    fn evaluated(&mut self, record: &Record, best: &Best) {
        self.inner.evaluated(record, best);
    }

    fn generator_updated(&mut self, round: u64, update: &PolicyUpdate) {
        self.inner.generator_updated(round, update);
    }

    fn known(&mut self, trial: &Trial<'_>) -> Option<Answer> {
        let known = self.known.get(trial.key).filter(|(number, _)| !self.placed || *number == trial.number);
        let known = known.map(|(_, answer)| answer);
        known.or_else(|| self.lost.get(trial.arch)).cloned().or_else(|| self.inner.known(trial))
    }

    fn begins(&mut self, trial: &Trial<'_>) {
        self.try_to(|recorder| recorder.ledger.begin(trial));
        self.inner.begins(trial);
    }

    fn ends(&mut self, trial: &Trial<'_>, ended: &Ended<'_>) {
        self.try_to(|recorder| recorder.keep_trial(trial, ended));
        self.inner.ends(trial, ended);
    }

    fn round(&mut self, search: &mut SearchLoop, round: &Round) {
        self.try_to(|recorder| recorder.keep_round(search, round));
        self.inner.round(search, round);
    }

    fn shared(&mut self, search: &mut SearchLoop, last: bool) {
        self.try_to(|recorder| recorder.keep_shared(search, last));
        self.inner.shared(search, last);
    }

    fn warns(&mut self, warning: &str) {
        self.inner.warns(warning);
    }

    fn concludes(&mut self, best: &Best, network: Option<&Trainer>) {
        self.try_to(|recorder| recorder.conclude(best, network));
        self.inner.concludes(best, network);
    }

    fn stop(&mut self) -> bool {
        self.failed.is_some() || self.inner.stop()
    }
}
