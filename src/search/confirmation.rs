//! The end of a search with proxy rewards: trains the best architectures (finalists) for longer with another seed, then
//! trains the best finalist with the `[oracle]` settings.

use super::error::SearchError;
use super::observer::Observer;
use super::outcome::{Best, Outcome};
use super::reward_noise::{self, Evaluated, train_again};
use super::run::SearchLoop;
use crate::evaluate::Evaluator;
use crate::graph::Graph;
use serde::{Deserialize, Serialize};

/// Results of training the finalists for longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The finalists in order of descending accuracy; those whose training failed come last.
    pub finalists: Vec<Finalist>,
    /// Training steps of a finalist.
    pub steps: u64,
    /// Standard deviation of one architecture's rewards between seeds, in percentage points; `None` if no architecture
    /// was trained twice.
    pub noise: Option<f64>,
    /// Standard deviation of the rewards of all architectures, in percentage points.
    pub spread: Option<f64>,
}

/// An architecture that was trained for longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finalist {
    /// Its text in the space.
    pub arch: String,
    /// Its reward in the search.
    pub reward: f64,
    /// Its accuracy on the same held-out images after the longer training, in percent; `None` if that training failed.
    pub longer: Option<f64>,
}

impl Confirmation {
    /// Returns a warning if the rewards barely separate architectures.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        reward_noise::warning(self.noise?, self.spread?)
    }
}

impl SearchLoop {
    /// Trains the finalists for longer and the best finalist with the `[oracle]` settings, which becomes the best
    /// architecture of the outcome.
    pub(super) fn confirm(
        &mut self,
        mut outcome: Outcome,
        oracle: &mut dyn Evaluator,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        self.estimate_noise(1, observer)?;
        let chosen = self.choose_finalists();
        let finalists = self.train_finalists(&chosen)?;
        let (steps, noise, spread) = (self.config.proxy.finalist_steps, self.noise(), self.spread());
        outcome.best = self.train_best(&finalists, &chosen, oracle)?;
        observer.final_trained(&outcome.best, oracle.trained());
        outcome.confirmation = Some(Confirmation { finalists, steps, noise, spread });
        Ok(outcome)
    }

    /// Trains the finalists for longer and sorts them by accuracy. Scores are not used here, because they add nothing
    /// to longer trainings (docs/results.md).
    fn train_finalists(&mut self, chosen: &[Evaluated]) -> Result<Vec<Finalist>, SearchError> {
        let Some(mut trainer) = self.finalist_trainer.take() else { return Err(self.no_evaluation()) };
        let result = train_again(&mut *trainer, chosen);
        let rewards = self.skip_failed(result)?.unwrap_or_default();
        let finalist =
            |((_, arch, reward), longer): (&Evaluated, _)| Finalist { arch: arch.clone(), reward: *reward, longer };
        let mut finalists: Vec<_> = chosen.iter().zip(rewards).map(finalist).collect();
        let accuracy = |finalist: &Finalist| finalist.longer.unwrap_or(f64::NEG_INFINITY);
        finalists.sort_by(|one, other| accuracy(other).total_cmp(&accuracy(one)));
        Ok(finalists)
    }

    /// Returns the best architectures of the replay set, which is ordered by scores and rewards combined.
    fn choose_finalists(&self) -> Vec<Evaluated> {
        let reward = |graph: &Graph| {
            let arch = self.space.decode(graph).ok()?;
            let record = self.state.history.iter().find(|record| record.arch == arch)?;
            Some((graph.clone(), arch, record.reward))
        };
        self.state.replay.best_first().filter_map(reward).take(self.config.proxy.finalists).collect()
    }

    /// Trains the finalists in order with the `[oracle]` settings until one training succeeds.
    fn train_best(
        &self,
        finalists: &[Finalist],
        graphs: &[Evaluated],
        oracle: &mut dyn Evaluator,
    ) -> Result<Best, SearchError> {
        let mut failures = Vec::new();
        for Finalist { arch, .. } in finalists {
            let Some((graph, ..)) = graphs.iter().find(|(_, known, _)| known == arch) else { continue };
            if let Some(result) = self.skip_failed_into(oracle.evaluate(graph, arch), &mut failures)? {
                return Ok(Best { arch: arch.clone(), reward: result.reward, test: result.test });
            }
        }
        Err(self.all_failed(&failures))
    }
}
