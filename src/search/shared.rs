//! What a search does besides where children share their weights: it trains these, renews old rewards, and in the end
//! trains the best child from scratch (METHOD section 4).

use super::error::SearchError;
use super::observer::Observer;
use super::outcome::{Best, Outcome};
use super::run::Search;
use super::several::Spread;
use super::streams::{Purpose, stream};
use crate::evaluate::Evaluator;
use crate::graph::Graph;
use crate::statistics::Correlation;
use crate::train::Score;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What shared weights told, beside the rewards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedOutcome {
    /// The rounds in order.
    pub rounds: Vec<SharedRound>,
    /// Accuracy of children drawn from the generator in the end, on all held-out images, in percent.
    pub drawn: Spread,
    /// The same of random children under the same shared weights.
    pub random: Spread,
    /// By how many points the mean of the drawn children is over that of the random ones.
    pub rise: f64,
    /// The children trained from scratch: the best of those drawn, then those of the correlation.
    pub trained: Vec<TrainedChild>,
    /// Whether shared weights and training from scratch agree about these, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
}

/// A round of a search with shared weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedRound {
    /// Its number, from 0.
    pub round: u64,
    /// Whether its children came from the explorer.
    pub explored: bool,
    /// How the children scored that the shared weights were trained with, while these changed.
    pub train: Score,
    /// Evaluations before it.
    pub evaluations: usize,
    /// Mean reward of its children, in percent, where it had some.
    pub drawn: Option<f64>,
    /// Mean reward of random children on the same images, where some were measured.
    pub random: Option<f64>,
}

/// A child that inherited shared weights and then was trained from scratch; accuracies in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedChild {
    /// Its text in the space.
    pub arch: String,
    /// On the held-out images, with the weights it inherits.
    pub shared: f64,
    /// On held-out images, trained from scratch.
    pub scratch: f64,
    /// On the test images, trained from scratch.
    pub test: Option<f64>,
}

impl Search {
    /// What a round begins with where children share their weights, and nothing elsewhere: a share of their training with
    /// children from where the round's own will come, and new rewards for the best children so far.
    pub(super) fn renew(&mut self, explores: bool) -> Result<(), SearchError> {
        let Some(steps) = self.evaluator.supernet().map(|supernet| supernet.steps()) else { return Ok(()) };
        let start = Instant::now();
        let (seed, round) = (self.config.seed, self.course.round);
        let children = self.children(explores, steps, &mut stream(seed, Purpose::Share, round))?;
        let probes = self.children(true, self.config.supernet.probes, &mut stream(seed, Purpose::Probe, round))?;
        if let Some(supernet) = self.evaluator.supernet() {
            let train = supernet.learn(&children)?;
            self.course.replay.rescore(self.config.supernet.keep, |graph| supernet.reward(graph))?;
            let random = probes.iter().map(|graph| supernet.reward(graph)).collect::<Result<Vec<_>, _>>()?;
            let (random, evaluations) = (mean(&random), self.course.history.len());
            self.course.shared.push(SharedRound { round, explored: explores, train, evaluations, drawn: None, random });
        }
        self.course.seconds.evaluate += start.elapsed().as_secs_f64();
        Ok(())
    }

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

    /// Ends a search with shared weights: draws children from the taught generator, ranks them on all held-out images, and
    /// has the oracle train the best from scratch.
    fn end_sharing(
        &mut self,
        mut outcome: Outcome,
        oracle: &mut dyn Evaluator,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, SearchError> {
        self.teach(observer)?;
        let mut rng = stream(self.config.seed, Purpose::Finish, 0);
        let (drawn, random) = (self.finalists(false, &mut rng)?, self.finalists(true, &mut rng)?);
        let (of_drawn, of_random) = (spread(&drawn), spread(&random));
        let winner = self.winner(&drawn, oracle)?;
        outcome.best = Best { arch: winner.arch.clone(), reward: winner.scratch, test: winner.test };
        observer.concludes(&outcome.best, oracle.trained());
        let mut trained = vec![winner];
        let chosen = evenly(best_first(drawn.into_iter().chain(random)), self.config.supernet.correlate);
        let mut pairs = Vec::new();
        for (graph, shared) in chosen {
            // One that cannot be trained has no place in an order.
            if let Some(child) = self.train_alone(&graph, shared, oracle)? {
                pairs.push((shared, child.scratch));
                trained.push(child);
            }
        }
        let rise = of_drawn.mean - of_random.mean;
        let (rounds, correlation) = (self.rounds_with_means(), Correlation::of(&pairs));
        outcome.supernet =
            Some(SharedOutcome { rounds, drawn: of_drawn, random: of_random, rise, trained, correlation });
        Ok(outcome)
    }

    /// Children from the explorer or the generator with their accuracies on all held-out images.
    fn finalists(&mut self, explores: bool, rng: &mut ChaCha8Rng) -> Result<Vec<(Graph, f64)>, SearchError> {
        let mut finalists = Vec::new();
        for graph in self.children(explores, self.config.supernet.finalists, rng)? {
            // Without shared weights there is nothing to measure.
            let Some(supernet) = self.evaluator.supernet() else { break };
            let accuracy = supernet.accuracy(&graph)?;
            finalists.push((graph, accuracy));
        }
        Ok(finalists)
    }

    /// Valid graphs from the explorer or the generator; where the generator draws invalid ones, from the explorer too.
    fn children(&mut self, explores: bool, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Graph>, SearchError> {
        let proposals = if explores { Vec::new() } else { self.generator.rehearse(count, rng)? };
        let mut graphs: Vec<_> = proposals.into_iter().map(|proposal| proposal.graph).collect();
        graphs.retain(|graph| self.space.validate(graph).is_ok());
        while graphs.len() < count {
            graphs.push(self.space.explore(&self.config.explore.explorer, rng));
        }
        Ok(graphs)
    }

    /// The best child within the limits that can be trained from scratch.
    fn winner(&self, drawn: &[(Graph, f64)], oracle: &mut dyn Evaluator) -> Result<TrainedChild, SearchError> {
        for (graph, shared) in best_first(drawn.iter().cloned()) {
            if self.limits.as_ref().is_some_and(|limits| !limits.admit(&graph)) {
                continue;
            }
            if let Some(child) = self.train_alone(&graph, shared, oracle)? {
                return Ok(child);
            }
        }
        Err(self.nothing())
    }

    /// Trains a child from scratch; none where that fails for this child only.
    fn train_alone(
        &self,
        graph: &Graph,
        shared: f64,
        oracle: &mut dyn Evaluator,
    ) -> Result<Option<TrainedChild>, SearchError> {
        let arch = self.space.decode(graph).unwrap_or_default();
        let found = self.of_child(oracle.evaluate(graph, &arch))?;
        Ok(found.map(|found| TrainedChild { arch, shared, scratch: found.reward, test: found.test }))
    }

    /// The rounds with the mean rewards of their children, which the history tells.
    fn rounds_with_means(&self) -> Vec<SharedRound> {
        let mut rounds = self.course.shared.clone();
        let mut end = self.course.history.len();
        for round in rounds.iter_mut().rev() {
            let rewards: Vec<f64> =
                self.course.history[round.evaluations..end].iter().map(|record| record.reward).collect();
            (round.drawn, end) = (mean(&rewards), round.evaluations);
        }
        rounds
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    Spread::of(values).map(|spread| spread.mean)
}

/// The spread of accuracies; there is at least one finalist.
fn spread(measured: &[(Graph, f64)]) -> Spread {
    let accuracies: Vec<f64> = measured.iter().map(|(_, accuracy)| *accuracy).collect();
    Spread::of(&accuracies).unwrap_or(Spread { mean: 0.0, deviation: None })
}

/// Each graph once, best first.
fn best_first(measured: impl Iterator<Item = (Graph, f64)>) -> Vec<(Graph, f64)> {
    let mut sorted: Vec<(Graph, f64)> = Vec::new();
    for (graph, accuracy) in measured {
        if sorted.iter().all(|(known, _)| *known != graph) {
            sorted.push((graph, accuracy));
        }
    }
    sorted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
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
