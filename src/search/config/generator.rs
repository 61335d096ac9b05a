//! The sections `[generator]` and `[train]`: what proposes architectures, and how it is trained.

use super::text::explorer_text;
use crate::generator::Improvement;
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
    #[serde(with = "explorer_text")]
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
    /// graphpnas, lstm: from the fifth attempt of a round without a new architecture on, what each adds to the share of
    /// decisions that are drawn uniformly.
    pub loosen: f64,
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
            loosen: 0.0,
            population: 20,
            sample: 5,
            improvement: Improvement::First,
        }
    }
}

/// The section `[train]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
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

/// Names of the generators there are.
pub(in crate::search) const GENERATORS: [&str; 7] =
    ["graphpnas", "lstm", "random", "evolution", "local-search", LARGEST, SCORE];

/// The generator that evaluates the networks with the most multiply-adds first.
pub const LARGEST: &str = "largest";

/// The generator that evaluates the networks with the highest score first.
pub const SCORE: &str = "score";

/// Networks that these two list for each evaluation of the budget: more than one, because a table may lack some and limits may
/// reject some.
pub const LISTED_EACH: usize = 20;

/// Whether a generator explores by itself, untaught.
#[must_use]
pub fn explores_itself(generator: &str) -> bool {
    !["graphpnas", "lstm"].contains(&generator)
}

/// What goes with a generator that a flag asks for: rounds of another explorer before one that explores by itself would blur a
/// comparison, unless they are those of a scored pool, which is the same for all; and a list has an order of its own.
#[must_use]
pub fn implied(generator: &str, explores_pool: bool) -> &'static [(&'static str, &'static str)] {
    const NO_EXPLORATION: (&str, &str) = ("explore.schedule", "none");
    match generator {
        LARGEST | SCORE => &[NO_EXPLORATION, ("guide.candidates", "1")],
        _ if explores_itself(generator) && !explores_pool => &[NO_EXPLORATION],
        _ => &[],
    }
}
