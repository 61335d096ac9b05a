//! Local search with restarts: from a random graph to better neighbours until there is none (White et al. 2020,
//! arXiv 2005.02960).

use super::{Generator, GeneratorError};
use crate::graph::Graph;
use crate::space::{Explorer, Space};
use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// When local search moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Improvement {
    /// As soon as a neighbour is better.
    First,
    /// To the best neighbour, after all have been evaluated.
    Best,
}

/// Climbs from neighbour to neighbour; where none is better it starts again from a graph of the explorer.
pub struct LocalSearch {
    space: Arc<dyn Space>,
    explorer: Explorer,
    improvement: Improvement,
    /// The reward of the graph whose neighbours are looked at; lowest before a climb has begun.
    height: f64,
    /// The best graph above that height.
    better: Option<(Graph, f64)>,
    /// Neighbours that have not been proposed, in random order.
    left: Vec<Graph>,
    /// What the last proposal offered and nothing was heard of.
    offered: Vec<Graph>,
    heard: bool,
}

impl LocalSearch {
    /// Local search over `space`, each climb from a graph of `explorer`.
    pub fn new(space: Arc<dyn Space>, explorer: Explorer, improvement: Improvement) -> Self {
        let (better, left, offered) = (None, Vec::new(), Vec::new());
        Self { space, explorer, improvement, height: f64::NEG_INFINITY, better, left, offered, heard: false }
    }

    /// The search takes proposals in order and stops when its round is full. So what was offered after the last graph
    /// it told of is still to be looked at; where it told of none, all were known or invalid.
    fn take_back(&mut self) {
        if self.heard {
            self.left.append(&mut self.offered);
        }
        self.offered.clear();
        self.heard = false;
    }

    /// Moves to a better graph when it is time.
    fn climb(&mut self, rng: &mut dyn Rng) {
        let time = self.improvement == Improvement::First || self.left.is_empty();
        if let Some((graph, reward)) = self.better.take_if(|_| time) {
            self.left = self.space.neighbours(&graph);
            self.left.shuffle(rng);
            self.height = reward;
        }
    }
}

impl Generator for LocalSearch {
    fn name(&self) -> &'static str {
        "local-search"
    }

    fn propose(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Vec<Graph>, GeneratorError> {
        self.take_back();
        self.climb(rng);
        if self.left.is_empty() {
            self.height = f64::NEG_INFINITY;
            return Ok((0..count).map(|_| self.space.explore(&self.explorer, rng)).collect());
        }
        self.offered = self.left.split_off(self.left.len().saturating_sub(count));
        Ok(self.offered.clone())
    }

    fn observe(&mut self, graph: &Graph, reward: f64) {
        if let Some(place) = self.offered.iter().position(|offered| offered == graph) {
            self.offered.drain(..=place);
        }
        self.heard = true;
        let best = self.better.as_ref().map_or(self.height, |(_, best)| *best);
        if reward > best {
            self.better = Some((graph.clone(), reward));
        }
    }
}
