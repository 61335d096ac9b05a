//! The final training of a search with proxies or shared weights: trains the best architecture from scratch and, with
//! shared weights, further architectures to measure the rank correlation.

use super::error::SearchError;
use super::observer::Observer;
use super::outcome::{Best, Outcome};
use super::run::SearchLoop;
use super::seeds::MeanStd;
use super::streams::{Purpose, stream};
use super::supernet::{SharedOutcome, TrainedChild};
use crate::evaluate::Evaluator;
use crate::graph::Graph;
use crate::statistics::Correlation;
use crate::train::Score;
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// A graph with its accuracy and loss on all held-out images, with shared weights.
type Measured = (Graph, Score);

impl SearchLoop {
    /// Trains the best architecture of a search with proxies or shared weights from scratch; it becomes the best of the
    /// outcome. Does nothing in other searches.
    pub(super) fn train_final(
        &mut self,
        outcome: Outcome,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        let Some(mut oracle) = self.final_trainer.take() else { return Ok(outcome) };
        let start = Instant::now();
        let mut outcome = match self.config.proxy.enabled {
            true => self.confirm(outcome, &mut *oracle, observer)?,
            false => self.train_final_shared(outcome, &mut *oracle, observer)?,
        };
        let seconds = start.elapsed().as_secs_f64();
        outcome.seconds.evaluate += seconds;
        outcome.seconds.total += seconds;
        Ok(outcome)
    }

    /// Ends a search with shared weights: draws children from the generator, ranks them on all held-out images, and
    /// trains the best one from scratch.
    fn train_final_shared(
        &mut self,
        mut outcome: Outcome,
        oracle: &mut dyn Evaluator,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        self.update_generator(observer)?;
        let mut rng = stream(self.config.seed, Purpose::FinalChildren, 0);
        let (drawn, random) = (self.measure_children(false, &mut rng)?, self.measure_children(true, &mut rng)?);
        let (drawn_accuracy, random_accuracy) = (statistics(&drawn), statistics(&random));
        let evaluated = self.measure_best_evaluated()?;
        let best = self.train_best_child(drawn.iter().chain(&evaluated).cloned(), oracle)?;
        outcome.best = Best { arch: best.arch.clone(), reward: best.scratch, test: best.test };
        observer.final_trained(&outcome.best, oracle.trained());
        let compared = self.train_compared(drawn, random, oracle)?;
        let correlation = |value: fn(&TrainedChild) -> Option<f64>| {
            let pairs: Option<Vec<_>> = compared.iter().map(|child| Some((value(child)?, child.scratch))).collect();
            pairs.and_then(|pairs| Correlation::of(&pairs))
        };
        outcome.supernet = Some(SharedOutcome {
            rounds: self.rounds_with_means(),
            drawn: drawn_accuracy,
            random: random_accuracy,
            rise: drawn_accuracy.mean - random_accuracy.mean,
            correlation: correlation(|child| Some(child.shared)),
            correlation_of_loss: correlation(|child| Some(-child.shared_loss?)),
            correlation_of_macs: correlation(|child| Some(child.macs? as f64)),
            trained: [vec![best], compared].concat(),
        });
        Ok(outcome)
    }

    /// Draws children from the random policy or the generator and evaluates them on all held-out images.
    fn measure_children(&mut self, explores: bool, rng: &mut ChaCha8Rng) -> Result<Vec<Measured>, SearchError> {
        let config = &self.config.supernet;
        // At least as many random children as the rank correlation needs.
        let compared = if explores && self.is_two_stage() { config.correlate } else { 0 };
        let graphs = self.sample_children(explores, config.finalists.max(compared), rng)?;
        self.measure(graphs)
    }

    /// Evaluates the best graphs of the search on all held-out images, with the schedule `two-stage` only.
    fn measure_best_evaluated(&mut self) -> Result<Vec<Measured>, SearchError> {
        let count = if self.is_two_stage() { self.config.supernet.finalists } else { 0 };
        self.measure(self.state.replay.best_first().take(count).cloned().collect())
    }

    fn measure(&mut self, graphs: Vec<Graph>) -> Result<Vec<Measured>, SearchError> {
        let Some(supernet) = self.evaluator.supernet() else { return Ok(Vec::new()) };
        graphs.into_iter().map(|graph| supernet.score(&graph).map(|score| (graph, score)).map_err(Into::into)).collect()
    }

    /// Trains children from scratch for the rank correlation: random ones with `two-stage`, else children at regular
    /// ranks from the best to the worst.
    fn train_compared(
        &self,
        drawn: Vec<Measured>,
        random: Vec<Measured>,
        oracle: &mut dyn Evaluator,
    ) -> Result<Vec<TrainedChild>, SearchError> {
        let count = self.config.supernet.correlate;
        let chosen = match self.is_two_stage() {
            true => random.into_iter().take(count).collect(),
            false => evenly(best_first(drawn.into_iter().chain(random)), count),
        };
        let mut trained = Vec::new();
        for child in &chosen {
            // Failed trainings have no rank.
            trained.extend(self.train_from_scratch(child, oracle, &mut Vec::new())?);
        }
        Ok(trained)
    }

    /// Trains the best child within the cost limits from scratch; on failure, the next best.
    fn train_best_child(
        &self,
        measured: impl Iterator<Item = Measured>,
        oracle: &mut dyn Evaluator,
    ) -> Result<TrainedChild, SearchError> {
        let mut failures = Vec::new();
        for measured in best_first(measured) {
            if self.limits.as_ref().is_some_and(|limits| !limits.admit(&measured.0)) {
                continue;
            }
            if let Some(child) = self.train_from_scratch(&measured, oracle, &mut failures)? {
                return Ok(child);
            }
        }
        Err(self.all_failed(&failures))
    }

    /// Trains a child from scratch; on a failure of this child only, returns `None` and adds the reason to `failures`.
    fn train_from_scratch(
        &self,
        (graph, score): &Measured,
        oracle: &mut dyn Evaluator,
        failures: &mut Vec<String>,
    ) -> Result<Option<TrainedChild>, SearchError> {
        let arch = self.space.decode(graph).unwrap_or_default();
        let result = self.skip_failed_into(oracle.evaluate(graph, &arch), failures)?;
        let macs = self.sizing.as_ref().and_then(|sizing| Some(sizing.cost(graph)?.multiply_adds));
        let (shared, shared_loss) = (score.accuracy, Some(score.loss));
        Ok(result.map(|result| TrainedChild {
            arch,
            shared,
            shared_loss,
            macs,
            scratch: result.reward,
            test: result.test,
        }))
    }
}

/// Mean and standard deviation of the accuracies; there is at least one finalist.
fn statistics(measured: &[Measured]) -> MeanStd {
    let accuracies: Vec<f64> = measured.iter().map(|(_, score)| score.accuracy).collect();
    MeanStd::of(&accuracies).unwrap_or(MeanStd { mean: 0.0, deviation: None })
}

/// Sorts distinct graphs by descending accuracy.
fn best_first(measured: impl Iterator<Item = Measured>) -> Vec<Measured> {
    let mut sorted: Vec<Measured> = Vec::new();
    for (graph, score) in measured {
        if sorted.iter().all(|(existing, _)| *existing != graph) {
            sorted.push((graph, score));
        }
    }
    sorted.sort_by(|(_, one), (_, other)| other.accuracy.total_cmp(&one.accuracy));
    sorted
}

/// Selects `count` items at regular distances, including the first and the last; all items if there are no more.
fn evenly<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let last = items.len().saturating_sub(1);
    let chosen: Vec<usize> =
        (0..count.min(items.len())).map(|index| index * last / count.saturating_sub(1).max(1)).collect();
    let all = count >= items.len();
    items.into_iter().enumerate().filter(|(index, _)| all || chosen.contains(index)).map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn selected_items_include_first_and_last() {
        assert_eq!(evenly((0..10).collect(), 4), [0, 3, 6, 9]);
        assert_eq!(evenly((0..10).collect(), 2), [0, 9]);
        assert_eq!(evenly(vec![7, 8], 5), [7, 8]);
        assert_eq!(evenly(vec![7, 8], 0), [0; 0]);
        assert_eq!(evenly(Vec::<u8>::new(), 3), [0; 0]);
    }
}
