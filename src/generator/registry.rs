//! The registry of generators.

use super::{
    Generator, GeneratorConfig, GeneratorError, PolicyUpdateConfig, evolution, graphpnas, in_order, local_search,
};
use super::{lstm, random};
use crate::device::Device;
use crate::graph::Graph;
use crate::space::Space;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// The inputs for building a generator.
pub struct GeneratorSetup<'a> {
    /// Search space of the generated graphs.
    pub space: &'a Arc<dyn Space>,
    /// The section `[generator]`.
    pub generator: &'a GeneratorConfig,
    /// The section `[train]`.
    pub train: &'a PolicyUpdateConfig,
    /// The section `[lstm]`.
    pub lstm: &'a lstm::LstmConfig,
    /// Architectures evaluated per round.
    pub batch: usize,
    /// Architectures evaluated in total.
    pub evaluations: usize,
    /// Device of learned generators.
    pub device: &'a Device,
    /// Graphs for a generator that proposes a list ([`GeneratorKind::order`]).
    pub list: Vec<Graph>,
}

/// Order of the list of a generator that proposes a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Descending multiply-adds.
    Size,
    /// Descending training-free score (`explore.score`).
    Score,
}

/// Memory estimate of a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneratorMemory {
    /// Estimated bytes.
    pub bytes: u64,
    /// The configuration keys that reduce it.
    pub keys: &'static str,
}

/// Builds a generator; the random numbers are for its initial weights.
pub type BuildGenerator = fn(GeneratorSetup<'_>, &mut ChaCha8Rng) -> Result<Box<dyn Generator>, GeneratorError>;

/// A registered generator.
pub struct GeneratorKind {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Whether it learns a distribution; others explore on their own.
    pub learned: bool,
    /// Order of its list, if it proposes a list.
    pub order: Option<Order>,
    /// Builds it; the random numbers initialise its weights.
    pub build: BuildGenerator,
    /// Estimates the memory of one generator for all parts of an architecture.
    pub memory: fn(&GeneratorSetup<'_>) -> Result<GeneratorMemory, GeneratorError>,
}

/// All generators; register new ones here.
pub static GENERATORS: [GeneratorKind; 7] = [
    graphpnas::KIND,
    lstm::KIND,
    random::KIND,
    evolution::KIND,
    local_search::KIND,
    in_order::LARGEST,
    in_order::HIGHEST_SCORE,
];

/// Returns the generator with this name.
#[must_use]
pub fn generator_kind(name: &str) -> Option<&'static GeneratorKind> {
    GENERATORS.iter().find(|kind| kind.name == name)
}

/// Returns the names of all generators, separated by commas.
#[must_use]
pub fn generator_names() -> String {
    GENERATORS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

/// Estimated bytes of a graph of the space.
pub(crate) fn graph_bytes(space: &dyn Space) -> u64 {
    let nodes = space.max_nodes() as u64;
    nodes * nodes + nodes + 64
}
