//! Local search with restarts: from a random graph to better neighbours until there is none (White et al. 2020,
//! arXiv 2005.02960).

use super::{Generator, GeneratorConfig, GeneratorError, GeneratorKind, GeneratorMemory, Proposal, State};
use crate::graph::Graph;
use crate::space::{Explorer, Space};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The registry's entry.
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
    climb: Climb,
}

/// Where a climb is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Climb {
    /// The reward of the graph whose neighbours are looked at; none before a climb has begun.
    height: Option<f64>,
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
        Self { space, explorer, improvement, climb: Climb::default() }
    }

    /// Moves to a better graph when it is time.
    fn climb(&mut self, rng: &mut dyn Rng) {
        let climb = &mut self.climb;
        let time = self.improvement == Improvement::First || climb.left.is_empty();
        if let Some((graph, reward)) = climb.better.take_if(|_| time) {
            climb.left = self.space.neighbours(&graph);
            climb.left.shuffle(rng);
            climb.height = Some(reward);
        }
    }
}

impl Climb {
    /// The search takes proposals in order and stops when its round is full. So what was offered after the last graph
    /// it told of is still to be looked at; where it told of none, all were known or invalid.
    fn take_back(&mut self) {
        if self.heard {
            self.left.append(&mut self.offered);
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
        self.climb(rng);
        let climb = &mut self.climb;
        if climb.left.is_empty() {
            climb.height = None;
            return Ok((0..count).map(|_| self.space.explore(&self.explorer, rng).into()).collect());
        }
        climb.offered = climb.left.split_off(climb.left.len().saturating_sub(count));
        Ok(climb.offered.iter().cloned().map(Proposal::from).collect())
    }

    /// Neighbours not yet proposed, any of them and more than once.
    fn sample_untracked(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        let one = |_| match self.climb.left.choose(rng) {
            Some(graph) => graph.clone().into(),
            None => self.space.explore(&self.explorer, rng).into(),
        };
        Ok((0..count).map(one).collect())
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        let climb = &mut self.climb;
        if let Some(place) = climb.offered.iter().position(|offered| offered == graph) {
            climb.offered.drain(..=place);
        }
        climb.heard = true;
        let best = climb.better.as_ref().map(|(_, best)| *best).or(climb.height);
        if best.is_none_or(|best| reward > best) {
            climb.better = Some((graph.clone(), reward));
        }
    }

    fn state(&self) -> Result<State, GeneratorError> {
        State::new(&self.climb, None)
    }

    fn restore(&mut self, state: &State) -> Result<(), GeneratorError> {
        self.climb = state.value()?;
        Ok(())
    }
}
