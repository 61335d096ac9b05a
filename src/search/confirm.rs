//! The end of a search with cheap rewards: its best few are trained for longer, with another seed, and the best of these is trained
//! as the configuration says.

use super::error::SearchError;
use super::noise::{self, Evaluated, train_again};
use super::observer::Observer;
use super::outcome::{Best, Outcome};
use super::run::SearchLoop;
use crate::evaluate::Evaluator;
use crate::graph::Graph;
use serde::{Deserialize, Serialize};

/// What training the best few for longer told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The networks that were trained for longer, the best first; those whose training failed come last.
    pub finalists: Vec<Finalist>,
    /// Steps of their training.
    pub steps: u64,
    /// Standard deviation of one architecture's rewards from seed to seed, in points; none where none was trained twice.
    pub noise: Option<f64>,
    /// Standard deviation of the rewards of all architectures, in points.
    pub spread: Option<f64>,
}

/// An architecture that was trained for longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finalist {
    /// Its text in the space.
    pub arch: String,
    /// Its reward in the search.
    pub reward: f64,
    /// Its accuracy on the same held-out images after the longer training, in percent; none where that failed.
    pub longer: Option<f64>,
}

impl Confirmation {
    /// What is said where rewards hardly tell architectures apart.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        noise::warning(self.noise?, self.spread?)
    }
}

impl SearchLoop {
    /// Trains the best few for longer, and the best of these as the configuration says, which becomes the best of the outcome.
    pub(super) fn confirm(
        &mut self,
        mut outcome: Outcome,
        oracle: &mut dyn Evaluator,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        self.estimate_noise(1, observer)?;
        let chosen = self.finalists_of_proxies();
        let finalists = self.trained_for_longer(&chosen)?;
        let (steps, noise, spread) = (self.config.proxy.finalist_steps, self.noise(), self.spread());
        outcome.best = self.best_confirmed(&finalists, &chosen, oracle)?;
        observer.final_trained(&outcome.best, oracle.trained());
        outcome.confirmation = Some(Confirmation { finalists, steps, noise, spread });
        Ok(outcome)
    }

    /// The finalists in the order of their accuracy after the longer training: there scores add nothing (docs/results.md).
    fn trained_for_longer(&mut self, chosen: &[Evaluated]) -> Result<Vec<Finalist>, SearchError> {
        let Some(mut trainer) = self.finalists.take() else { return Err(self.nothing()) };
        let found = train_again(&mut *trainer, chosen);
        let rewards = self.of_child(found)?.unwrap_or_default();
        let finalist =
            |((_, arch, reward), longer): (&Evaluated, _)| Finalist { arch: arch.clone(), reward: *reward, longer };
        let mut finalists: Vec<_> = chosen.iter().zip(rewards).map(finalist).collect();
        let of = |finalist: &Finalist| finalist.longer.unwrap_or(f64::NEG_INFINITY);
        finalists.sort_by(|one, other| of(other).total_cmp(&of(one)));
        Ok(finalists)
    }

    /// The best architectures of the replay set, which scores and rewards order together.
    fn finalists_of_proxies(&self) -> Vec<Evaluated> {
        let reward = |graph: &Graph| {
            let arch = self.space.decode(graph).ok()?;
            let record = self.state.history.iter().find(|record| record.arch == arch)?;
            Some((graph.clone(), arch, record.reward))
        };
        self.state.replay.best_first().filter_map(reward).take(self.config.proxy.finalists).collect()
    }

    /// The first finalist that can be trained as the configuration says.
    fn best_confirmed(
        &self,
        finalists: &[Finalist],
        graphs: &[Evaluated],
        oracle: &mut dyn Evaluator,
    ) -> Result<Best, SearchError> {
        let mut failures = Vec::new();
        for Finalist { arch, .. } in finalists {
            let Some((graph, ..)) = graphs.iter().find(|(_, known, _)| known == arch) else { continue };
            if let Some(found) = self.of_child_or(oracle.evaluate(graph, arch), &mut failures)? {
                return Ok(Best { arch: arch.clone(), reward: found.reward, test: found.test });
            }
        }
        Err(self.none_trained(&failures))
    }
}
