//! One evaluation: ask the evaluator or whoever knows the answer, tell the observer, remember.

use super::error::SearchError;
use super::gather::Candidate;
use super::observer::Observer;
use super::outcome::{Best, TrialRecord};
use super::run::SearchLoop;
use super::trial::{Answer, Ended, Trial};
use crate::evaluate::{EvaluateError, Evaluation, Upcoming};
use crate::graph::Graph;
use std::time::Instant;

/// Children in a row without a reward after which the fault is taken to be the recipe's.
const HOPELESS: usize = 20;

impl SearchLoop {
    /// Evaluates the graph if the evaluator knows it; counts it as rejected otherwise. The `following` ones are next.
    pub(super) fn admit(
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
        let known = observer.recorded(&trial);
        let asked = known.is_none();
        let answer = if asked { self.ask(&trial, following, observer)? } else { known };
        let elapsed = start.elapsed().as_secs_f64();
        let seconds = self.evaluator.seconds().filter(|_| asked).unwrap_or(elapsed);
        let measures = asked && matches!(answer, Some(Answer::Done(_)));
        let latency = if measures { self.latency(trial.graph) } else { None };
        self.state.seconds.evaluate += elapsed;
        let Some(answer) = answer else {
            self.state.rejected.not_in_table += 1;
            return Ok(());
        };
        self.tell(&trial, &answer, (asked, seconds, latency), observer);
        match answer {
            Answer::Done(evaluation) => {
                self.remember(graph, arch, evaluation, observer);
                self.weigh()?;
            }
            Answer::Failed(why) => self.without_reward(why)?,
        }
        Ok(())
    }

    /// Asks the evaluator; `None` where it does not know the architecture.
    fn ask(
        &mut self,
        trial: &Trial<'_>,
        following: &[Candidate],
        observer: &mut dyn Observer,
    ) -> Result<Option<Answer>, SearchError> {
        if self.evaluator.is_slow() {
            observer.trial_started(trial);
        }
        let next = following.iter().map(|candidate| (&candidate.graph, candidate.arch.as_str()));
        let coming: Vec<_> = std::iter::once((trial.graph, trial.arch))
            .chain(next)
            .map(|(graph, arch)| Upcoming { graph, arch, repeat: 0 })
            .collect();
        let prepared = self.evaluator.prepare(&coming);
        match prepared.and_then(|()| self.evaluator.evaluate(trial.graph, trial.arch)) {
            Ok(evaluation) => Ok(Some(Answer::Done(evaluation))),
            Err(EvaluateError::NotInTable { .. }) => Ok(None),
            Err(EvaluateError::Child { why, .. }) => Ok(Some(Answer::Failed(why))),
            Err(EvaluateError::Stopped { .. }) => Err(self.stopped()),
            Err(error) => Err(error.into()),
        }
    }

    /// What came of training children outside the rounds; none where that failed for one child only.
    pub(super) fn of_child<T>(&self, found: Result<T, EvaluateError>) -> Result<Option<T>, SearchError> {
        self.of_child_or(found, &mut Vec::new())
    }

    /// The same; `failures` gets the reason where there is none.
    pub(super) fn of_child_or<T>(
        &self,
        found: Result<T, EvaluateError>,
        failures: &mut Vec<String>,
    ) -> Result<Option<T>, SearchError> {
        match found {
            Ok(found) => Ok(Some(found)),
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

    fn tell(
        &self,
        trial: &Trial<'_>,
        answer: &Answer,
        (asked, seconds, latency): (bool, f64, Option<f64>),
        observer: &mut dyn Observer,
    ) {
        let evaluation = matches!(answer, Answer::Done(_)).then_some(self.state.history.len() + 1);
        let cost = self.sizing.as_ref().and_then(|sizing| sizing.cost(trial.graph));
        let memory = self.evaluator.history_state();
        // The network that is kept is the one that is trained in the end.
        let network = if asked && !self.config.proxy.enabled { self.evaluator.trained() } else { None };
        observer.trial_ended(
            trial,
            &Ended { answer, evaluation, cost, latency, seconds, network, memory: memory.as_deref() },
        );
    }

    /// Counts a child without a reward; after many in a row the search ends.
    fn without_reward(&mut self, why: String) -> Result<(), SearchError> {
        self.state.rejected.failed += 1;
        self.state.failed_in_a_row += 1;
        match self.state.failed_in_a_row {
            failed if failed >= HOPELESS => Err(SearchError::Hopeless { failed, why }),
            _ => Ok(()),
        }
    }

    fn remember(&mut self, graph: Graph, arch: String, evaluation: Evaluation, observer: &mut dyn Observer) {
        let Evaluation { reward, test } = evaluation;
        let state = &mut self.state;
        state.failed_in_a_row = 0;
        let record = TrialRecord { evaluation: state.history.len() + 1, arch, reward, test };
        if state.best.as_ref().is_none_or(|best| reward > best.reward) {
            state.best = Some(Best::from(&record));
        }
        if let Some(best) = &state.best {
            observer.evaluated(&record, best);
        }
        self.generator.tell(&graph, reward);
        state.replay.push(graph, reward);
        state.history.push(record);
    }
}
