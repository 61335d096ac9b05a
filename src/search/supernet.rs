//! Shared weights during a search: their training and, with the schedule `alternating`, the renewal of old rewards
//! (docs/method.md section 4).

use super::error::SearchError;
use super::observer::Observer;
use super::run::SearchLoop;
use super::seeds::MeanStd;
use super::streams::{Purpose, stream};
use crate::evaluate::SharingSchedule;
use crate::graph::Graph;
use crate::statistics::Correlation;
use crate::train::Score;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Random draws per wanted child, after which the search assumes that no graph has a network.
const DRAWS_EACH: usize = 1000;

/// Results of shared weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedOutcome {
    /// The rounds in order.
    pub rounds: Vec<SharedRound>,
    /// Accuracy in percent, on all held-out images, of children drawn from the generator at the end.
    pub drawn: MeanStd,
    /// Accuracy in percent of random children with the same shared weights.
    pub random: MeanStd,
    /// Difference of the mean accuracies of drawn and random children, in percentage points.
    pub rise: f64,
    /// Children trained from scratch: the best one, then those of the correlation.
    pub trained: Vec<TrainedChild>,
    /// Rank correlation of the accuracy with shared weights and the accuracy of training from scratch, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
    /// Rank correlation of the negative loss with shared weights and the accuracy of training from scratch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_of_loss: Option<Correlation>,
    /// Rank correlation of multiply-adds and the accuracy of training from scratch, a baseline for shared weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_of_macs: Option<Correlation>,
}

impl SharedOutcome {
    /// Returns a warning if shared weights rank architectures no better than their multiply-adds.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let (shared, macs) = (self.correlation?, self.correlation_of_macs?);
        (shared.kendall <= macs.kendall).then(|| {
            format!(
                "shared weights rank these {} architectures no better than their multiply-adds do (Kendall's tau {:.2} \
                 against {:.2}); train the shared weights for longer (raise supernet.steps, and supernet.rounds with \
                 supernet.schedule=two-stage or else evaluations), or search with the section [proxy]",
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
    /// Whether its children came from the random policy.
    pub explored: bool,
    /// Mean loss and accuracy of the children during training.
    pub train: Score,
    /// Number of evaluations before it.
    pub evaluations: usize,
    /// Mean reward of its evaluated children, in percent, if any.
    pub drawn: Option<f64>,
    /// Mean reward of random children on the same images, if measured.
    pub random: Option<f64>,
}

/// A child that was evaluated with shared weights and trained from scratch; accuracies in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedChild {
    /// Its text in the space.
    pub arch: String,
    /// Accuracy on held-out images with shared weights.
    pub shared: f64,
    /// Loss on held-out images with shared weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_loss: Option<f64>,
    /// Multiply-adds of the network that is trained from scratch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macs: Option<u64>,
    /// Accuracy on held-out images, trained from scratch.
    pub scratch: f64,
    /// Accuracy on test images, trained from scratch.
    pub test: Option<f64>,
}

impl SearchLoop {
    /// Whether shared weights are trained before the search.
    pub(super) fn is_two_stage(&self) -> bool {
        self.config.supernet.enabled && self.config.supernet.schedule == SharingSchedule::TwoStage
    }

    /// First stage of `two-stage`: trains the shared weights with random architectures. The search can be saved between
    /// the training rounds.
    pub(super) fn pretrain_shared(&mut self, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let rounds = self.config.supernet.rounds;
        while self.is_two_stage() && self.state.shared.len() < rounds {
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

    /// Starts a round of `alternating`: trains the shared weights with children from the round's policy and measures
    /// the rewards of the best children again. Does nothing in other searches.
    pub(super) fn train_shared_round(&mut self, explores: bool) -> Result<(), SearchError> {
        if self.is_two_stage() {
            return Ok(());
        }
        let (start, round) = (Instant::now(), self.state.round);
        let Some(train) = self.train_round(explores, round)? else { return Ok(()) };
        let mut rng = stream(self.config.seed, Purpose::Probe, round);
        let probes = self.sample_children(true, self.config.supernet.probes, &mut rng)?;
        if let Some(supernet) = self.evaluator.supernet() {
            self.state.replay.rescore(self.config.supernet.keep, |graph| supernet.reward(graph))?;
            let random = probes.iter().map(|graph| supernet.reward(graph)).collect::<Result<Vec<_>, _>>()?;
            let (random, evaluations) = (mean(&random), self.state.history.len());
            self.state.shared.push(SharedRound { round, explored: explores, train, evaluations, drawn: None, random });
        }
        self.state.seconds.evaluate += start.elapsed().as_secs_f64();
        Ok(())
    }

    /// Trains the shared weights for one round; `None` if the search has no shared weights.
    fn train_round(&mut self, explores: bool, round: u64) -> Result<Option<Score>, SearchError> {
        let Some(steps) = self.evaluator.supernet().map(|supernet| supernet.steps()) else { return Ok(None) };
        let children =
            self.sample_children(explores, steps, &mut stream(self.config.seed, Purpose::SharedTraining, round))?;
        Ok(self.evaluator.supernet().map(|supernet| supernet.learn(&children)).transpose()?)
    }

    /// Draws graphs with a valid network from the random policy or the generator. Random graphs replace invalid graphs
    /// of the generator.
    pub(super) fn sample_children(
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
            left = left.checked_sub(1).ok_or_else(|| self.no_evaluation())?;
        }
        Ok(graphs)
    }

    fn has_network(&mut self, graph: &Graph) -> bool {
        self.evaluator.supernet().is_none_or(|supernet| supernet.shared().check(graph).is_ok())
    }

    /// Returns the rounds with the mean rewards of their children, computed from the history.
    pub(super) fn rounds_with_means(&self) -> Vec<SharedRound> {
        let mut rounds = self.state.shared.clone();
        if self.is_two_stage() {
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
