//! The configuration of a search: what the presets, files and `--set` spell out.

use super::lstm::LstmConfig;
use super::schedule::Schedule;
use crate::generator::Improvement;
use crate::space::Explorer;
use crate::train::{RECIPES, recipe};
use serde::{Deserialize, Serialize};

/// Everything that decides the course of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the search space.
    pub space: String,
    /// Dataset the reward is about.
    pub dataset: String,
    /// Budget: distinct architectures to evaluate.
    pub evaluations: usize,
    /// Seed of every random stream.
    pub seed: u64,
    /// Architectures evaluated a round (B).
    pub batch: usize,
    /// When to explore and how.
    pub explore: ExploreConfig,
    /// What the generator is taught with.
    pub replay: ReplayConfig,
    /// How the generator is taught.
    pub train: TrainConfig,
    /// Which generator, and its size.
    pub generator: GeneratorConfig,
    /// The generator `lstm`.
    #[serde(default)]
    pub lstm: LstmConfig,
