//! The explorer as a search method: random search, the baseline every learned generator has to beat.

use super::{Generator, GeneratorError, Proposal};
use crate::space::{Explorer, Space};
use std::sync::Arc;

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
        "random"
    }

    fn propose(&mut self, count: usize, _loose: f64, rng: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok((0..count).map(|_| self.space.explore(&self.explorer, rng).into()).collect())
    }
}
