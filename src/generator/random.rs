//! The explorer as a search method: random search, the baseline every learned generator has to beat.

use super::{Generator, GeneratorError, GeneratorKind, GeneratorMemory, Proposal};
use crate::space::{Explorer, Space};
use std::sync::Arc;

/// The registry's entry.
pub(super) const KIND: GeneratorKind = GeneratorKind {
    name: "random",
    learned: false,
    order: None,
    build: |setup, _| Ok(Box::new(Random::new(Arc::clone(setup.space), setup.generator.explorer))),
    memory: |_| Ok(GeneratorMemory { bytes: 0, keys: "generator.explorer" }),
};

/// Draws every graph from a fixed explorer and never learns.
pub struct Random {
    space: Arc<dyn Space>,
    explorer: Explorer,
}

impl Random {
    /// Random search over `space` with the distribution `explorer`.
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
