//! Local search with restarts (White et al. 2020, arXiv 2005.02960): from a random graph, moves to better neighbours
//! until there is none.

use super::{Generator, GeneratorConfig, GeneratorError, GeneratorKind, GeneratorMemory, Proposal};
use crate::graph::Graph;
use crate::nn::Checkpoint;
use crate::space::{Explorer, Space};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The registry entry.
pub(super) const KIND: GeneratorKind = GeneratorKind {
    name: "local-search",
    learned: false,
    order: None,
    build: |setup, _| {
        let GeneratorConfig { explorer, improvement, .. } = *setup.generator;
        Ok(Box::new(LocalSearch::new(Arc::clone(setup.space), explorer, improvement)))
    },
    memory: |_| Ok(GeneratorMemory { bytes: 0, keys: "generator.explorer" }),
};

/// When local search moves to a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Improvement {
    /// As soon as a neighbour is better.
    First,
    /// After all neighbours have been evaluated, to the best one.
    Best,
}

/// Moves from neighbour to better neighbour; restarts from a random graph at a local optimum.
pub struct LocalSearch {
    space: Arc<dyn Space>,
    explorer: Explorer,
    improvement: Improvement,
    climb: Climb,
}

/// The state of one climb.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Climb {
    /// Reward of the graph whose neighbours are being evaluated; `None` before a climb starts.
    height: Option<f64>,
    /// Best graph with a higher reward.
    better: Option<(Graph, f64)>,
    /// The graph whose neighbours are being evaluated.
    centre: Option<Graph>,
    /// Places of the neighbours not proposed yet, in random order. A part of 64 nodes can have 500,000 neighbours, so they
    /// are made when they are proposed.
    left: Vec<usize>,
    /// Graphs of the last proposal without a reported reward, and their places.
    offered: Vec<(usize, Graph)>,
    /// Whether a reward was reported since the last proposal.
    heard: bool,
}

impl LocalSearch {
    /// Creates a local search over `space`; each climb starts from a graph of `explorer`.
    pub fn new(space: Arc<dyn Space>, explorer: Explorer, improvement: Improvement) -> Self {
        Self { space, explorer, improvement, climb: Climb::default() }
    }

    /// Moves to a better graph if the improvement rule allows it now.
    fn advance(&mut self, rng: &mut dyn Rng) {
        let climb = &mut self.climb;
        let may_move = self.improvement == Improvement::First || climb.left.is_empty();
        if let Some((graph, reward)) = climb.better.take_if(|_| may_move) {
            climb.left = (0..self.space.neighbour_count(&graph)).collect();
            climb.left.shuffle(rng);
            climb.centre = Some(graph);
            climb.height = Some(reward);
        }
    }
}

impl Climb {
    /// Returns unevaluated proposals to the list. The search takes proposals in order and stops when its round is
    /// complete, so graphs after the last reported one are still unevaluated. If it reported none, all were known or
    /// invalid.
    fn take_back(&mut self) {
        if self.heard {
            self.left.extend(self.offered.iter().map(|(place, _)| *place));
        }
        self.offered.clear();
        self.heard = false;
    }
}

impl Generator for LocalSearch {
    fn name(&self) -> &'static str {
        KIND.name
    }

    fn propose(&mut self, count: usize, _epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        self.climb.take_back();
        self.advance(rng);
        let climb = &mut self.climb;
        if climb.left.is_empty() {
            climb.height = None;
            return Ok((0..count).map(|_| self.space.explore(&self.explorer, rng).into()).collect());
        }
        let places = climb.left.split_off(climb.left.len().saturating_sub(count));
        let graphs = climb.centre.as_ref().map(|centre| self.space.neighbours_at(centre, &places)).unwrap_or_default();
        climb.offered = places.into_iter().zip(graphs).collect();
        Ok(climb.offered.iter().map(|(_, graph)| graph.clone().into()).collect())
    }

    /// Samples neighbours not proposed yet, with replacement.
    fn sample_untracked(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        let places: Vec<usize> = (0..count).filter_map(|_| self.climb.left.choose(rng).copied()).collect();
        let graphs = match &self.climb.centre {
            Some(centre) if !places.is_empty() => self.space.neighbours_at(centre, &places),
            _ => (0..count).map(|_| self.space.explore(&self.explorer, rng)).collect(),
        };
        Ok(graphs.into_iter().map(Proposal::from).collect())
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        let climb = &mut self.climb;
        if let Some(index) = climb.offered.iter().position(|(_, offered)| offered == graph) {
            climb.offered.drain(..=index);
        }
        climb.heard = true;
        let best = climb.better.as_ref().map(|(_, best)| *best).or(climb.height);
        if best.is_none_or(|best| reward > best) {
            climb.better = Some((graph.clone(), reward));
        }
    }

    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        Ok(Checkpoint::of_state(&self.climb, None)?)
    }

    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        self.climb = state.state()?;
        Ok(())
    }
}
