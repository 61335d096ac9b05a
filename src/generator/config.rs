//! Generator settings: the sections `[generator]` and `[train]` of the configuration.

use super::Improvement;
use crate::space::Explorer;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[generator]`; docs/method.md section 2 defines the sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorConfig {
    /// graphpnas, lstm, random, evolution, local-search, largest (descending multiply-adds) or score (descending
    /// score).
    pub name: String,
    /// Random distribution of the generator random, of the first population of evolution and of the starting points of
    /// local-search.
    pub explorer: Explorer,
    /// graphpnas: hidden size of the graph network, at least nodes + edge labels + 3; raised to it for a space from a
    /// file unless it is set.
    pub hidden: usize,
    /// graphpnas: components of the edge mixture.
    pub mixtures: usize,
    /// graphpnas: message-passing layers.
    pub layers: usize,
    /// graphpnas: hidden size of the attention network.
    pub attention_hidden: usize,
    /// graphpnas, lstm: whether each part of an architecture (stage or cell) has its own generator.
    pub per_part: bool,
    /// graphpnas, lstm: sampling temperature, which divides all logits; values above 1 give more diverse samples.
    pub temperature: f64,
    /// graphpnas, lstm: increase of the probability of a uniform decision, per sampling attempt of a round from the
    /// fifth on; 0 for none.
    #[serde(alias = "loosen")]
    pub epsilon: f64,
    /// evolution: population size.
    pub population: usize,
    /// evolution: tournament size; the best graph of the tournament becomes the parent.
    pub sample: usize,
    /// local-search: first moves to the first better neighbour, best to the best of all neighbours.
    pub improvement: Improvement,
}

impl Default for GeneratorConfig {
    /// GraphPNAS with its published sizes.
    fn default() -> Self {
        Self {
            name: "graphpnas".into(),
            explorer: Explorer::Uniform,
            hidden: 24,
            mixtures: 10,
            layers: 7,
            attention_hidden: 128,
            per_part: false,
            temperature: 1.0,
            epsilon: 0.0,
            population: 20,
            sample: 5,
            improvement: Improvement::First,
        }
    }
}

/// The section `[train]`: training of the generator on the replay set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyUpdateConfig {
    /// Passes over the replay set per policy update.
    pub epochs: usize,
    /// Graphs per optimizer step.
    pub batch: usize,
    /// Adam learning rate.
    pub learning_rate: f64,
    /// Whether each update starts from randomly initialised weights.
    pub restart: bool,
}

impl Default for PolicyUpdateConfig {
    /// The published settings for NAS-Bench-201.
    fn default() -> Self {
        Self { epochs: 70, batch: 2, learning_rate: 0.001, restart: true }
    }
}
