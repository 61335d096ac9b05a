//! Random search, the baseline for all other generators.

use super::{Generator, GeneratorError, GeneratorKind, GeneratorMemory, Proposal};
use crate::space::{Explorer, Space};
use std::sync::Arc;

/// The registry entry.
pub(super) const KIND: GeneratorKind = GeneratorKind {
    name: "random",
    learned: false,
    order: None,
    build: |setup, _| Ok(Box::new(Random::new(Arc::clone(setup.space), setup.generator.explorer))),
    memory: |_| Ok(GeneratorMemory { bytes: 0, keys: "generator.explorer" }),
};

/// Draws every graph from a fixed random distribution.
pub struct Random {
    space: Arc<dyn Space>,
    explorer: Explorer,
}

impl Random {
    /// Creates a random search over `space` with the distribution `explorer`.
    pub fn new(space: Arc<dyn Space>, explorer: Explorer) -> Self {
        Self { space, explorer }
    }
}

impl Generator for Random {
    fn name(&self) -> &'static str {
        KIND.name
    }

    fn propose(
        &mut self,
        count: usize,
        _epsilon: f64,
        rng: &mut dyn rand::Rng,
    ) -> Result<Vec<Proposal>, GeneratorError> {
        Ok((0..count).map(|_| self.space.explore(&self.explorer, rng).into()).collect())
    }
}
