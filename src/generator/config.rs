//! Settings of the generators: the sections `[generator]` and `[train]` of the configuration.

use super::Improvement;
use crate::space::Explorer;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[generator]`; the sizes are those of docs/method.md section 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorConfig {
    /// graphpnas, lstm, random, evolution, local-search, largest (most multiply-adds first) or score (highest score
    /// first).
    pub name: String,
    /// What random, the first population of evolution and the starts of local-search are drawn from.
    pub explorer: Explorer,
    /// graphpnas: hidden size.
    pub hidden: usize,
    /// graphpnas: mixture components.
    pub mixtures: usize,
    /// graphpnas: message-passing layers.
    pub layers: usize,
    /// graphpnas: hidden size of the attention network.
    pub attention_hidden: usize,
    /// graphpnas, lstm: one generator for each part of an architecture, a stage or a cell, instead of one for all.
    pub per_part: bool,
    /// graphpnas, lstm: divides all logits; above 1 draws are more varied.
    pub temperature: f64,
    /// graphpnas, lstm: added to the fraction of decisions that are drawn uniformly, for each attempt of a round without a
    /// new architecture, from the fifth on.
    #[serde(alias = "loosen")]
    pub epsilon: f64,
    /// evolution: graphs alive.
    pub population: usize,
    /// evolution: graphs of which the best becomes a parent.
    pub sample: usize,
    /// local-search: moves on at the first better neighbour, or to the best of all.
    pub improvement: Improvement,
}

impl Default for GeneratorConfig {
    /// GraphPNAS in its published size.
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

/// The section `[train]`: how a generator is trained on the best graphs so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the best graphs in one update.
    pub epochs: usize,
    /// Graphs an optimizer step.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Whether each update starts from new random weights.
    pub restart: bool,
}

impl Default for TrainConfig {
    /// As published for NAS-Bench-201.
    fn default() -> Self {
        Self { epochs: 70, batch: 2, learning_rate: 0.001, restart: true }
    }
}
