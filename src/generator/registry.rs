//! The generators there are.

use super::{Generator, GeneratorConfig, GeneratorError, TrainConfig, evolution, graphpnas, in_order, local_search};
use super::{lstm, random};
use crate::device::Device;
use crate::graph::Graph;
use crate::space::Space;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// What a generator is built from.
pub struct Setup<'a> {
    /// The space whose graphs it draws.
    pub space: &'a Arc<dyn Space>,
    /// The section `[generator]`.
    pub generator: &'a GeneratorConfig,
    /// The section `[train]`.
    pub train: &'a TrainConfig,
    /// The section `[lstm]`.
    pub lstm: &'a lstm::LstmConfig,
    /// Architectures evaluated in a round.
    pub batch: usize,
    /// Architectures evaluated in all.
    pub evaluations: usize,
    /// Where learned generators run.
    pub device: &'a Device,
    /// The graphs of a generator that proposes a list ([`GeneratorKind::order`]).
    pub list: Vec<Graph>,
}

/// What orders the list of a generator that proposes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Multiply-adds, most first.
    Size,
    /// A score without training (`explore.score`), highest first.
    Score,
}

/// Memory that a generator needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneratorMemory {
    /// Bytes, an estimate.
    pub bytes: u64,
    /// The configuration keys that lower it.
    pub keys: &'static str,
}

/// A generator by its name in the configuration.
pub struct GeneratorKind {
    /// Its name.
    pub name: &'static str,
    /// Whether it learns a distribution; others explore by themselves.
    pub learned: bool,
    /// What orders its list, where it proposes one.
    pub order: Option<Order>,
    /// Builds it; the random numbers are for its first weights.
    pub build: fn(Setup<'_>, &mut ChaCha8Rng) -> Result<Box<dyn Generator>, GeneratorError>,
    /// What one generator needs, for all parts of an architecture.
    pub memory: fn(&Setup<'_>) -> Result<GeneratorMemory, GeneratorError>,
}

/// All generators. A new one adds its line here.
pub const GENERATORS: [GeneratorKind; 7] = [
    graphpnas::KIND,
    lstm::KIND,
    random::KIND,
    evolution::KIND,
    local_search::KIND,
    in_order::LARGEST,
    in_order::HIGHEST_SCORE,
];

/// The generator of a name.
#[must_use]
pub fn generator_kind(name: &str) -> Option<&'static GeneratorKind> {
    const ALL: &[GeneratorKind] = &GENERATORS;
    ALL.iter().find(|kind| kind.name == name)
}

/// The names of all generators, separated by commas.
#[must_use]
pub fn generator_names() -> String {
    GENERATORS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

/// Bytes of a graph of the space, an estimate.
pub(super) fn graph_bytes(space: &dyn Space) -> u64 {
    let nodes = (space.limits().max_nodes * space.parts()) as u64;
    nodes * nodes + nodes + 64
}
