//! One trial: evaluates an architecture or takes its recorded result, notifies the observer, and updates the state.

use super::candidates::Candidate;
use super::error::SearchError;
use super::observer::Observer;
use super::outcome::{Best, TrialRecord};
use super::run::SearchLoop;
use super::trial::{Trial, TrialEnd, TrialResult};
use crate::evaluate::{EvaluateError, Evaluation, Upcoming};
use crate::graph::Graph;
use std::time::Instant;

/// Consecutive failed trials after which the search stops, because the cause is probably the training recipe.
const MAX_FAILURES: usize = 20;

impl SearchLoop {
    /// Evaluates a candidate; counts it as rejected if the evaluator does not know it. `following` are the next
    /// candidates, which the evaluator may prepare.
    pub(super) fn evaluate_candidate(
        &mut self,
        candidate: Candidate,
        following: &[Candidate],
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        if observer.stop() {
            return Err(self.stopped());
        }
        let Candidate { graph, arch, key, source, log_probability } = candidate;
        self.state.seen.insert(key.clone());
        let (number, round) = (self.state.trials() + 1, self.state.round);
        let seed = self.evaluator.seed(&key);
        let trial = Trial { number, round, source, graph: &graph, arch: &arch, key: &key, log_probability, seed };
        let start = Instant::now();
        let recorded = observer.recorded(&trial);
        let evaluates = recorded.is_none();
        let result = if evaluates { self.run_evaluator(&trial, following, observer)? } else { recorded };
        let elapsed = start.elapsed().as_secs_f64();
        let seconds = self.evaluator.seconds().filter(|_| evaluates).unwrap_or(elapsed);
        let measures = evaluates && matches!(result, Some(TrialResult::Done(_)));
        let latency = if measures { self.latency(trial.graph) } else { None };
        self.state.seconds.evaluate += elapsed;
        let Some(result) = result else {
            self.state.rejected.not_in_table += 1;
            return Ok(());
        };
        self.notify(&trial, &result, (evaluates, seconds, latency), observer);
        match result {
            TrialResult::Done(evaluation) => {
                self.record(graph, arch, evaluation, observer);
                self.rescore_replay()?;
            }
            TrialResult::Failed(why) => self.count_failure(why)?,
        }
        Ok(())
    }

    /// Calls the evaluator; returns `None` if it does not know the architecture.
    fn run_evaluator(
        &mut self,
        trial: &Trial<'_>,
        following: &[Candidate],
        observer: &mut dyn Observer,
    ) -> Result<Option<TrialResult>, SearchError> {
        if self.evaluator.is_slow() {
            observer.trial_started(trial);
        }
        let next = following.iter().map(|candidate| (&candidate.graph, candidate.arch.as_str()));
        let upcoming: Vec<_> = std::iter::once((trial.graph, trial.arch))
            .chain(next)
            .map(|(graph, arch)| Upcoming { graph, arch, repeat: 0 })
            .collect();
        let prepared = self.evaluator.prepare(&upcoming);
        match prepared.and_then(|()| self.evaluator.evaluate(trial.graph, trial.arch)) {
            Ok(evaluation) => Ok(Some(TrialResult::Done(evaluation))),
            Err(EvaluateError::NotInTable { .. }) => Ok(None),
            Err(EvaluateError::Child { why, .. }) => Ok(Some(TrialResult::Failed(why))),
            Err(EvaluateError::Stopped { .. }) => Err(self.stopped()),
            Err(error) => Err(error.into()),
        }
    }

    /// Converts the result of a training outside the rounds; returns `None` if the failure concerns one child only.
    pub(super) fn skip_failed<T>(&self, result: Result<T, EvaluateError>) -> Result<Option<T>, SearchError> {
        self.skip_failed_into(result, &mut Vec::new())
    }

    /// As [`Self::skip_failed`], and adds the reason of the failure to `failures`.
    pub(super) fn skip_failed_into<T>(
        &self,
        result: Result<T, EvaluateError>,
        failures: &mut Vec<String>,
    ) -> Result<Option<T>, SearchError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(EvaluateError::Child { why, .. }) => {
                failures.push(why);
                Ok(None)
            }
            Err(EvaluateError::Stopped { .. }) => Err(self.stopped()),
            Err(error) => Err(error.into()),
        }
    }

    fn latency(&self, graph: &Graph) -> Option<f64> {
        self.sizing.as_ref()?.latency(graph, self.latency_device.as_ref()?)
    }

    fn notify(
        &self,
        trial: &Trial<'_>,
        result: &TrialResult,
        (evaluates, seconds, latency): (bool, f64, Option<f64>),
        observer: &mut dyn Observer,
    ) {
        let evaluation = matches!(result, TrialResult::Done(_)).then_some(self.state.history.len() + 1);
        let cost = self.sizing.as_ref().and_then(|sizing| sizing.cost(trial.graph));
        let history_state = self.evaluator.history_state();
        // With proxies, the saved network is that of the final training.
        let network = if evaluates && !self.config.proxy.enabled { self.evaluator.trained() } else { None };
        let history_state = history_state.as_deref();
        observer.trial_ended(trial, &TrialEnd { result, evaluation, cost, latency, seconds, network, history_state });
    }

    /// Counts a failed trial; ends the search after [`MAX_FAILURES`] consecutive failures.
    fn count_failure(&mut self, why: String) -> Result<(), SearchError> {
        self.state.rejected.failed += 1;
        self.state.failed_in_a_row += 1;
        match self.state.failed_in_a_row {
            failed if failed >= MAX_FAILURES => Err(SearchError::Hopeless { failed, why }),
            _ => Ok(()),
        }
    }

    fn record(&mut self, graph: Graph, arch: String, evaluation: Evaluation, observer: &mut dyn Observer) {
        let Evaluation { reward, test } = evaluation;
        let goal = self.config.reward.goal;
        let state = &mut self.state;
        state.failed_in_a_row = 0;
        let record = TrialRecord { evaluation: state.history.len() + 1, arch, reward, test };
        if state.best.as_ref().is_none_or(|best| goal.is_better(reward, best.reward)) {
            state.best = Some(Best::from(&record));
        }
        if let Some(best) = &state.best {
            observer.evaluated(&record, best);
        }
        self.generator.tell(&graph, goal.turned(reward));
        state.replay.push(graph, goal.turned(reward));
        state.history.push(record);
    }
}
