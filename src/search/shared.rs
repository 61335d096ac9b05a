//! What a search does besides where children share their weights: it trains these and, where they are trained in every round,
//! renews old rewards (docs/method.md section 4).

use super::error::SearchError;
use super::observer::Observer;
use super::run::SearchLoop;
use super::several::MeanStd;
use super::streams::{Purpose, stream};
use crate::evaluate::SharingSchedule;
use crate::graph::Graph;
use crate::statistics::Correlation;
use crate::train::Score;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Draws of the explorer for each architecture that shared weights are trained with, after which none is taken to have a network.
const DRAWS_EACH: usize = 1000;

/// What shared weights told, beside the rewards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedOutcome {
    /// The rounds in order.
    pub rounds: Vec<SharedRound>,
    /// Accuracy of children drawn from the generator in the end, on all held-out images, in percent.
    pub drawn: MeanStd,
    /// The same of random children under the same shared weights.
    pub random: MeanStd,
    /// By how many points the mean of the drawn children is over that of the random ones.
    pub rise: f64,
    /// The children trained from scratch: the best of those drawn, then those of the correlation.
    pub trained: Vec<TrainedChild>,
    /// Whether the accuracy with shared weights and that of training from scratch agree about these, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
    /// The same of the loss with shared weights, a small one being good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_of_loss: Option<Correlation>,
    /// The same of the networks' multiply-adds, which take no training: what shared weights have to be better than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_of_macs: Option<Correlation>,
}

impl SharedOutcome {
    /// What is said where shared weights order architectures no better than their multiply-adds.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let (shared, macs) = (self.correlation?, self.correlation_of_macs?);
        (shared.kendall <= macs.kendall).then(|| {
            format!(
                "shared weights order these {} architectures no better than their multiply-adds do (Kendall's tau {:.2} against \
                 {:.2}); train them for longer (supernet.rounds with \
                 supernet.schedule=two-stage, else evaluations; supernet.steps), or search with the section [proxy]",
                shared.count, shared.kendall, macs.kendall
            )
        })
    }
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
    /// Its loss there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_loss: Option<f64>,
    /// Multiply-adds of the network that is trained from scratch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macs: Option<u64>,
    /// On held-out images, trained from scratch.
    pub scratch: f64,
    /// On the test images, trained from scratch.
    pub test: Option<f64>,
}

impl SearchLoop {
    /// Whether shared weights are trained before the search.
    pub(super) fn trains_first(&self) -> bool {
        self.config.supernet.enabled && self.config.supernet.schedule == SharingSchedule::TwoStage
    }

    /// The first of two stages: trains the shared weights with architectures of the explorer, in rounds between which the search
    /// can be kept.
    pub(super) fn train_shared(&mut self, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let rounds = self.config.supernet.rounds;
        while self.trains_first() && self.state.shared.len() < rounds {
            if observer.stop() {
                return Err(self.stopped());
            }
            let start = Instant::now();
            let round = self.state.shared.len() as u64;
            let Some(train) = self.train_round(true, round)? else { return Ok(()) };
            let (drawn, random) = (None, None);
            self.state.shared.push(SharedRound { round, explored: true, train, evaluations: 0, drawn, random });
            let seconds = start.elapsed().as_secs_f64();
            (self.state.seconds.evaluate, self.state.seconds.total) =
                (self.state.seconds.evaluate + seconds, self.state.seconds.total + seconds);
            observer.shared(self, self.state.shared.len() == rounds);
        }
        Ok(())
    }

    /// What a round begins with where shared weights are trained in every round, and nothing elsewhere: a share of their training with
    /// children from where the round's own will come, and new rewards for the best children so far.
    pub(super) fn renew(&mut self, explores: bool) -> Result<(), SearchError> {
        if self.trains_first() {
            return Ok(());
        }
        let (start, round) = (Instant::now(), self.state.round);
        let Some(train) = self.train_round(explores, round)? else { return Ok(()) };
        let mut rng = stream(self.config.seed, Purpose::Probe, round);
        let probes = self.children(true, self.config.supernet.probes, &mut rng)?;
        if let Some(supernet) = self.evaluator.supernet() {
            self.state.replay.rescore(self.config.supernet.keep, |graph| supernet.reward(graph))?;
            let random = probes.iter().map(|graph| supernet.reward(graph)).collect::<Result<Vec<_>, _>>()?;
            let (random, evaluations) = (mean(&random), self.state.history.len());
            self.state.shared.push(SharedRound { round, explored: explores, train, evaluations, drawn: None, random });
        }
        self.state.seconds.evaluate += start.elapsed().as_secs_f64();
        Ok(())
    }

    /// Trains the shared weights with a round's architectures; none where nothing is shared.
    fn train_round(&mut self, explores: bool, round: u64) -> Result<Option<Score>, SearchError> {
        let Some(steps) = self.evaluator.supernet().map(|supernet| supernet.steps()) else { return Ok(None) };
        let children = self.children(explores, steps, &mut stream(self.config.seed, Purpose::Share, round))?;
        Ok(self.evaluator.supernet().map(|supernet| supernet.learn(&children)).transpose()?)
    }

    /// Graphs that have a network, from the explorer or the generator; where the generator draws others, from the explorer too.
    pub(super) fn children(
        &mut self,
        explores: bool,
        count: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<Vec<Graph>, SearchError> {
        let proposals = if explores { Vec::new() } else { self.generator.sample_untracked(count, rng)? };
        let mut graphs: Vec<_> = proposals.into_iter().map(|proposal| proposal.graph).collect();
        graphs.retain(|graph| self.space.validate(graph).is_ok() && self.has_network(graph));
        let mut left = count.saturating_mul(DRAWS_EACH);
        while graphs.len() < count {
            let graph = self.space.explore(&self.config.explore.explorer, rng);
            if self.has_network(&graph) {
                graphs.push(graph);
            }
            left = left.checked_sub(1).ok_or_else(|| self.nothing())?;
        }
        Ok(graphs)
    }

    fn has_network(&mut self, graph: &Graph) -> bool {
        self.evaluator.supernet().is_none_or(|supernet| supernet.shared().check(graph).is_ok())
    }

    /// The rounds with the mean rewards of their children, which the history tells.
    pub(super) fn rounds_with_means(&self) -> Vec<SharedRound> {
        let mut rounds = self.state.shared.clone();
        if self.trains_first() {
            return rounds;
        }
        let mut end = self.state.history.len();
        for round in rounds.iter_mut().rev() {
            let rewards: Vec<f64> =
                self.state.history[round.evaluations..end].iter().map(|record| record.reward).collect();
            (round.drawn, end) = (mean(&rewards), round.evaluations);
        }
        rounds
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    MeanStd::of(values).map(|spread| spread.mean)
}
