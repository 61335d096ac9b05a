//! The replay set: every distinct evaluated graph, sorted by reward, of which the generator is trained on the best T.

use super::config::{BaselineKind, ReplayConfig, RewardKind};
use crate::convert::to_f32;
use crate::generator::Scored;
use crate::graph::Graph;
use serde::{Deserialize, Serialize};

/// Every evaluated graph that was not forgotten, best first; equal rewards keep the order of evaluation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replay {
    entries: Vec<(f64, Graph)>,
}

impl Replay {
    /// Adds a graph with its reward in percent.
    pub fn push(&mut self, graph: Graph, reward: f64) {
        let place = self.entries.partition_point(|(kept, _)| *kept >= reward);
        self.entries.insert(place, (reward, graph));
    }

    /// Gives the best `keep` graphs new rewards and forgets the others: old rewards are no longer worth comparing.
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

    /// Number of graphs kept, of which [`Replay::top`] shows the best.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing has been evaluated yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All graphs, best first.
    pub fn best_first(&self) -> impl Iterator<Item = &Graph> {
        self.entries.iter().map(|(_, graph)| graph)
    }

    /// The best `config.top` graphs, best first, with their training reward: accuracy as a fraction, or the cdf
    /// (rank from worst) / (size) among the graphs returned, which runs from 1 down to 1 / size.
    pub fn top(&self, config: &ReplayConfig) -> Vec<Scored> {
        self.top_and(config, &[])
    }

    /// The same with graphs behind them that have no reward yet, best first: as good as the worst before them, or with lower
    /// ranks in the cdf.
    pub fn top_and(&self, config: &ReplayConfig, others: &[Graph]) -> Vec<Scored> {
        let best = &self.entries[..config.top.min(self.entries.len())];
        let size = best.len() + others.len();
        let worst = best.last().map_or(100.0, |(percent, _)| *percent);
        let all =
            best.iter().map(|(percent, graph)| (*percent, graph)).chain(others.iter().map(|graph| (worst, graph)));
        let reward = |place: usize, percent: f64| match config.reward {
            RewardKind::Cdf => (size - place) as f64 / size as f64,
            RewardKind::Accuracy => percent / 100.0,
        };
        all.enumerate()
            .map(|(place, (percent, graph))| Scored { graph: graph.clone(), reward: to_f32(reward(place, percent)) })
            .collect()
    }
}

/// What is subtracted from the training rewards: an exponentially weighted mean, or nothing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Baseline {
    #[serde(default)]
    kind: BaselineKind,
    decay: f64,
    mean: Option<f64>,
}

impl Baseline {
    /// A baseline that keeps the fraction `decay` of its value in each step; 0 means no baseline at all.
    pub fn new(kind: BaselineKind, decay: f64) -> Self {
        Self { kind, decay, mean: None }
    }

    /// Takes the rewards in percent of a round's new evaluations into account ([`BaselineKind::BatchMean`]); the mean starts
    /// at 0, as the authors' does.
    pub fn evaluated(&mut self, rewards: impl ExactSizeIterator<Item = f64>) {
        let count = rewards.len();
        if self.kind == BaselineKind::BatchMean && count > 0 {
            let now = rewards.sum::<f64>() / count as f64 / 100.0;
            self.mean = Some(self.decay * self.mean.unwrap_or(0.0) + (1.0 - self.decay) * now);
        }
    }

    /// Takes the replay set into account ([`BaselineKind::ReplayMean`]) and gives the baseline of the update on it.
    pub fn step(&mut self, replay: &[Scored]) -> f32 {
        if self.decay == 0.0 || replay.is_empty() {
            return 0.0;
        }
        if self.kind == BaselineKind::BatchMean {
            return to_f32(self.mean.unwrap_or(0.0));
        }
        let now = replay.iter().map(|scored| f64::from(scored.reward)).sum::<f64>() / replay.len() as f64;
        // The first mean starts the average, so that it is not pulled towards an arbitrary zero.
        let mean = self.mean.map_or(now, |mean| self.decay * mean + (1.0 - self.decay) * now);
        self.mean = Some(mean);
        to_f32(mean)
    }
}
