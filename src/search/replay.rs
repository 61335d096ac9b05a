//! The replay set: all distinct evaluated graphs sorted by reward. The generator is trained on the best T.

use super::config::{BaselineKind, ReplayConfig, RewardKind};
use crate::convert::to_f32;
use crate::generator::Scored;
use crate::graph::Graph;
use serde::{Deserialize, Serialize};

/// Evaluated graphs by descending reward; graphs with equal rewards stay in the order of evaluation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replay {
    entries: Vec<(f64, Graph)>,
}

impl Replay {
    /// Adds a graph with its reward, turned so that larger is better ([`crate::evaluate::Goal::turned`]).
    pub fn push(&mut self, graph: Graph, reward: f64) {
        let index = self.entries.partition_point(|(existing, _)| *existing >= reward);
        self.entries.insert(index, (reward, graph));
    }

    /// Recomputes the rewards of the best `keep` graphs and removes the others, whose rewards are outdated.
    ///
    /// # Errors
    /// The first error of `score`.
    pub fn rescore<E>(&mut self, keep: usize, mut score: impl FnMut(&Graph) -> Result<f64, E>) -> Result<(), E> {
        self.entries.truncate(keep);
        for (reward, graph) in &mut self.entries {
            *reward = score(graph)?;
        }
        // Stable: equal rewards keep their order.
        self.entries.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        Ok(())
    }

    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no graphs.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All graphs by descending reward.
    pub fn best_first(&self) -> impl Iterator<Item = &Graph> {
        self.entries.iter().map(|(_, graph)| graph)
    }

    /// Returns the best `config.top` graphs by descending reward with their training rewards: the accuracy as a
    /// fraction, or the cdf (rank from worst) / size among the returned graphs, from 1 down to 1 / size.
    pub fn top(&self, config: &ReplayConfig) -> Vec<Scored> {
        self.top_and(config, &[])
    }

    /// As [`Self::top`], followed by graphs without a reward in order of descending quality. They get the lowest reward
    /// of the evaluated graphs, or lower ranks in the cdf.
    pub fn top_and(&self, config: &ReplayConfig, others: &[Graph]) -> Vec<Scored> {
        let best = &self.entries[..config.top.min(self.entries.len())];
        let size = best.len() + others.len();
        let worst = best.last().map_or(100.0, |(percent, _)| *percent);
        let all =
            best.iter().map(|(percent, graph)| (*percent, graph)).chain(others.iter().map(|graph| (worst, graph)));
        let reward = |rank: usize, percent: f64| match config.reward {
            RewardKind::Cdf => (size - rank) as f64 / size as f64,
            RewardKind::Accuracy => percent / 100.0,
        };
        all.enumerate()
            .map(|(rank, (percent, graph))| Scored { graph: graph.clone(), reward: to_f32(reward(rank, percent)) })
            .collect()
    }
}

/// The baseline of the training rewards: an exponential moving average, or none.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Baseline {
    #[serde(default)]
    kind: BaselineKind,
    decay: f64,
    mean: Option<f64>,
}

impl Baseline {
    /// Creates a baseline with this decay; 0 means no baseline.
    pub fn new(kind: BaselineKind, decay: f64) -> Self {
        Self { kind, decay, mean: None }
    }

    /// Updates the mean with the rewards in percent of a round ([`BaselineKind::BatchMean`]); it starts at 0, as in the
    /// authors' code.
    pub fn evaluated(&mut self, rewards: impl ExactSizeIterator<Item = f64>) {
        let count = rewards.len();
        if self.kind == BaselineKind::BatchMean && count > 0 {
            let now = rewards.sum::<f64>() / count as f64 / 100.0;
            self.mean = Some(self.decay * self.mean.unwrap_or(0.0) + (1.0 - self.decay) * now);
        }
    }

    /// Updates the mean with the replay set ([`BaselineKind::ReplayMean`]) and returns the baseline for the policy
    /// update.
    pub fn step(&mut self, replay: &[Scored]) -> f32 {
        if self.decay == 0.0 || replay.is_empty() {
            return 0.0;
        }
        if self.kind == BaselineKind::BatchMean {
            return to_f32(self.mean.unwrap_or(0.0));
        }
        let now = replay.iter().map(|scored| f64::from(scored.reward)).sum::<f64>() / replay.len() as f64;
        // The average starts at the first mean instead of 0 to avoid a bias.
        let mean = self.mean.map_or(now, |mean| self.decay * mean + (1.0 - self.decay) * now);
        self.mean = Some(mean);
        to_f32(mean)
    }
}
