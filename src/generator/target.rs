//! What a learned generator draws: all parts of an architecture one by one, or a single part.

use crate::graph::Graph;
use crate::space::{Limits, RowMask, Space};
use std::fmt;
use std::sync::Arc;

/// The graphs that a generator draws.
#[derive(Clone)]
pub struct Target {
    space: Arc<dyn Space>,
    /// A single part; `None` for all parts, which are alike.
    part: Option<usize>,
}

impl Target {
    /// All parts of the architectures of a space, which must be alike ([`Space::parts_are_alike`]).
    #[must_use]
    pub fn all(space: &Arc<dyn Space>) -> Self {
        Self { space: Arc::clone(space), part: None }
    }

    /// One part of the architectures, counted from 0.
    #[must_use]
    pub fn part(space: &Arc<dyn Space>, part: usize) -> Self {
        Self { space: Arc::clone(space), part: Some(part) }
    }

    /// The sizes of the drawn graphs.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.part.map_or_else(|| self.space.limits(), |part| self.space.part_limits(part))
    }

    /// Number of graphs that make one result of the generator.
    #[must_use]
    pub fn graphs(&self) -> usize {
        if self.part.is_some() { 1 } else { self.space.parts() }
    }

    /// Splits a graph of the generator's results into the drawn graphs.
    #[must_use]
    pub fn split(&self, graph: &Graph) -> Vec<Graph> {
        if self.part.is_some() { vec![graph.clone()] } else { self.space.split(graph) }
    }

    /// What the next node after a prefix of a drawn graph may be.
    #[must_use]
    pub fn mask(&self, prefix: &Graph) -> Option<RowMask> {
        self.space.row_mask(self.part.unwrap_or(0), prefix)
    }

    /// The text with which the space is opened again.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.space.reference()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("space", &self.space.name()).field("part", &self.part).finish()
    }
}
