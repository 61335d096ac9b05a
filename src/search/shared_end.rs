//! The end of a search whose rewards are not those of networks of their own: the best architecture is trained from scratch and, with
//! shared weights, some more, to see whether their order means anything.

use super::error::SearchError;
use super::observer::Observer;
use super::outcome::{Best, Outcome};
use super::run::SearchLoop;
use super::several::MeanStd;
use super::shared::{SharedOutcome, TrainedChild};
use super::streams::{Purpose, stream};
use crate::evaluate::Evaluator;
use crate::graph::Graph;
use crate::statistics::Correlation;
use crate::train::Score;
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// An architecture with its accuracy and loss on all held-out images, with shared weights.
type Measured = (Graph, Score);

impl SearchLoop {
    /// Ends a search whose rewards are not those of the networks themselves: has the oracle train the best one, which becomes the
    /// best of the outcome. Other searches end as they are.
    pub(super) fn conclude(&mut self, outcome: Outcome, observer: &mut dyn Observer) -> Result<Outcome, SearchError> {
        let Some(mut oracle) = self.oracle.take() else { return Ok(outcome) };
        let start = Instant::now();
        let mut outcome = match self.config.proxy.enabled {
            true => self.confirm(outcome, &mut *oracle, observer)?,
            false => self.end_sharing(outcome, &mut *oracle, observer)?,
        };
        let seconds = start.elapsed().as_secs_f64();
        outcome.seconds.evaluate += seconds;
        outcome.seconds.total += seconds;
        Ok(outcome)
    }

    /// Ends a search with shared weights: draws children from the generator, ranks them on all held-out images, and
    /// has the oracle train the best from scratch.
    fn end_sharing(
        &mut self,
        mut outcome: Outcome,
        oracle: &mut dyn Evaluator,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        self.update_generator(observer)?;
        let mut rng = stream(self.config.seed, Purpose::Finish, 0);
        let (drawn, random) = (self.drawn(false, &mut rng)?, self.drawn(true, &mut rng)?);
        let (of_drawn, of_random) = (spread(&drawn), spread(&random));
        let evaluated = self.best_evaluated()?;
        let winner = self.winner(drawn.iter().chain(&evaluated).cloned(), oracle)?;
        outcome.best = Best { arch: winner.arch.clone(), reward: winner.scratch, test: winner.test };
        observer.final_trained(&outcome.best, oracle.trained());
        let compared = self.train_some(drawn, random, oracle)?;
        let correlation = |of: fn(&TrainedChild) -> Option<f64>| {
            let pairs: Option<Vec<_>> = compared.iter().map(|child| Some((of(child)?, child.scratch))).collect();
            pairs.and_then(|pairs| Correlation::of(&pairs))
        };
        outcome.supernet = Some(SharedOutcome {
            rounds: self.rounds_with_means(),
            drawn: of_drawn,
            random: of_random,
            rise: of_drawn.mean - of_random.mean,
            correlation: correlation(|child| Some(child.shared)),
            correlation_of_loss: correlation(|child| Some(-child.shared_loss?)),
            correlation_of_macs: correlation(|child| Some(child.macs? as f64)),
            trained: [vec![winner], compared].concat(),
        });
        Ok(outcome)
    }

    /// Children from the explorer or the generator with their scores on all held-out images.
    fn drawn(&mut self, explores: bool, rng: &mut ChaCha8Rng) -> Result<Vec<Measured>, SearchError> {
        let config = &self.config.supernet;
        // Of random ones, enough to compare orders.
        let compared = if explores && self.trains_first() { config.correlate } else { 0 };
        let graphs = self.children(explores, config.finalists.max(compared), rng)?;
        self.measured(graphs)
    }

    /// The best of the search, where their rewards are measured as those of the children drawn in the end.
    fn best_evaluated(&mut self) -> Result<Vec<Measured>, SearchError> {
        let count = if self.trains_first() { self.config.supernet.finalists } else { 0 };
        self.measured(self.state.replay.best_first().take(count).cloned().collect())
    }

    fn measured(&mut self, graphs: Vec<Graph>) -> Result<Vec<Measured>, SearchError> {
        // Without shared weights there is nothing to measure.
        let Some(supernet) = self.evaluator.supernet() else { return Ok(Vec::new()) };
        graphs.into_iter().map(|graph| supernet.score(&graph).map(|score| (graph, score)).map_err(Into::into)).collect()
    }

    /// Trains children from scratch to compare the orders: random ones or, where shared weights are trained in every round, some from
    /// the best to the worst.
    fn train_some(
        &self,
        drawn: Vec<Measured>,
        random: Vec<Measured>,
        oracle: &mut dyn Evaluator,
    ) -> Result<Vec<TrainedChild>, SearchError> {
        let count = self.config.supernet.correlate;
        let chosen = match self.trains_first() {
            true => random.into_iter().take(count).collect(),
            false => evenly(best_first(drawn.into_iter().chain(random)), count),
        };
        let mut trained = Vec::new();
        for child in &chosen {
            // One that cannot be trained has no place in an order.
            trained.extend(self.train_alone(child, oracle, &mut Vec::new())?);
        }
        Ok(trained)
    }

    /// The best child within the limits that can be trained from scratch.
    fn winner(
        &self,
        measured: impl Iterator<Item = Measured>,
        oracle: &mut dyn Evaluator,
    ) -> Result<TrainedChild, SearchError> {
        let mut failures = Vec::new();
        for measured in best_first(measured) {
            if self.limits.as_ref().is_some_and(|limits| !limits.admit(&measured.0)) {
                continue;
            }
            if let Some(child) = self.train_alone(&measured, oracle, &mut failures)? {
                return Ok(child);
            }
        }
        Err(self.none_trained(&failures))
    }

    /// Trains a child from scratch; none where that fails for this child only, and `failures` gets the reason.
    fn train_alone(
        &self,
        (graph, score): &Measured,
        oracle: &mut dyn Evaluator,
        failures: &mut Vec<String>,
    ) -> Result<Option<TrainedChild>, SearchError> {
        let arch = self.space.decode(graph).unwrap_or_default();
        let found = self.of_child_or(oracle.evaluate(graph, &arch), failures)?;
        let macs = self.sizing.as_ref().and_then(|sizing| Some(sizing.cost(graph)?.multiply_adds));
        let (shared, shared_loss) = (score.accuracy, Some(score.loss));
        Ok(found.map(|found| TrainedChild { arch, shared, shared_loss, macs, scratch: found.reward, test: found.test }))
    }
}

/// The spread of accuracies; there is at least one finalist.
fn spread(measured: &[Measured]) -> MeanStd {
    let accuracies: Vec<f64> = measured.iter().map(|(_, score)| score.accuracy).collect();
    MeanStd::of(&accuracies).unwrap_or(MeanStd { mean: 0.0, deviation: None })
}

/// Each graph once, best first.
fn best_first(measured: impl Iterator<Item = Measured>) -> Vec<Measured> {
    let mut sorted: Vec<Measured> = Vec::new();
    for (graph, score) in measured {
        if sorted.iter().all(|(known, _)| *known != graph) {
            sorted.push((graph, score));
        }
    }
    sorted.sort_by(|(_, one), (_, other)| other.accuracy.total_cmp(&one.accuracy));
    sorted
}

/// `count` of the items at even distances, the first and the last among them; all where there are no more.
fn evenly<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let last = items.len().saturating_sub(1);
    let chosen: Vec<usize> =
        (0..count.min(items.len())).map(|place| place * last / count.saturating_sub(1).max(1)).collect();
    let all = count >= items.len();
    items.into_iter().enumerate().filter(|(place, _)| all || chosen.contains(place)).map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn choices_reach_from_end_to_end() {
        assert_eq!(evenly((0..10).collect(), 4), [0, 3, 6, 9]);
        assert_eq!(evenly((0..10).collect(), 2), [0, 9]);
        assert_eq!(evenly(vec![7, 8], 5), [7, 8]);
        assert_eq!(evenly(vec![7, 8], 0), [0; 0]);
        assert_eq!(evenly(Vec::<u8>::new(), 3), [0; 0]);
    }
}
