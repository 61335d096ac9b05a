//! Regularised evolution (Real et al. 2019, arXiv 1802.01548): tournament selection, mutation, removal of the oldest.

use super::{Generator, GeneratorConfig, GeneratorError, GeneratorKind, GeneratorMemory, Proposal, graph_bytes};
use crate::graph::Graph;
use crate::nn::Checkpoint;
use crate::space::{Explorer, Space};
use rand::Rng;
use rand::seq::IndexedRandom;
use std::collections::VecDeque;
use std::sync::Arc;

/// The registry entry.
pub(super) const KIND: GeneratorKind = GeneratorKind {
    name: "evolution",
    learned: false,
    order: None,
    build: |setup, _| {
        let GeneratorConfig { explorer, population, sample, .. } = *setup.generator;
        Ok(Box::new(Evolution::new(Arc::clone(setup.space), explorer, population, sample)))
    },
    memory: |setup| {
        let bytes = graph_bytes(&**setup.space).saturating_mul(setup.generator.population as u64);
        Ok(GeneratorMemory { bytes, keys: "generator.population" })
    },
};

/// The population consists of the most recently evaluated graphs. A proposal mutates the winner of a tournament.
pub struct Evolution {
    space: Arc<dyn Space>,
    explorer: Explorer,
    population: usize,
    sample: usize,
    /// Graphs with their rewards, oldest first.
    alive: VecDeque<(Graph, f64)>,
}

impl Evolution {
    /// Creates an evolution over `space`. The first `population` graphs come from `explorer`; the parent of each later
    /// graph is the best of `sample` graphs drawn from the population with replacement. Zeros count as 1.
    pub fn new(space: Arc<dyn Space>, explorer: Explorer, population: usize, sample: usize) -> Self {
        Self { space, explorer, population: population.max(1), sample: sample.max(1), alive: VecDeque::new() }
    }

    fn child(&mut self, rng: &mut dyn Rng) -> Graph {
        let alive: &[(Graph, f64)] = self.alive.make_contiguous();
        let tournament = (0..self.sample).filter_map(|_| alive.choose(rng));
        match tournament.max_by(|(_, a), (_, b)| a.total_cmp(b)) {
            Some((parent, _)) if alive.len() == self.population => self.space.mutate(parent, rng),
            _ => self.space.explore(&self.explorer, rng),
        }
    }
}

impl Generator for Evolution {
    fn name(&self) -> &'static str {
        KIND.name
    }

    fn propose(&mut self, count: usize, _epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok((0..count).map(|_| self.child(rng).into()).collect())
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        self.alive.push_back((graph.clone(), reward));
        if self.alive.len() > self.population {
            self.alive.pop_front();
        }
    }

    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        Ok(Checkpoint::of_state(&self.alive, None)?)
    }

    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        self.alive = state.state()?;
        Ok(())
    }
}
