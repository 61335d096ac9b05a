//! Shared-weight settings: the section `[supernet]` of the configuration.

use crate::evaluate::proxy::epochs_of;
use crate::train::{Recipe, recipe};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// When shared weights are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharingSchedule {
    /// In every round, with children from the round's policy (ENAS, Pham et al. 2018). The space file defines the shared
    /// model (`shared`); that of ENAS has constant width.
    #[default]
    Alternating,
    /// Before the search, with random children; then the weights are fixed (Guo et al. 2020). Children are the same
    /// networks as in training from scratch.
    TwoStage,
}

/// The section `[supernet]`: rewards from weights that all networks (children) share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct SuperNetConfig {
    /// Whether rewards come from shared weights.
    pub enabled: bool,
    /// When shared weights are trained: alternating (in every round; enas only) or two-stage (before the search).
    pub schedule: SharingSchedule,
    /// two-stage: training rounds with random architectures before the search.
    pub rounds: usize,
    /// Channels of every layer, or of the first stage.
    pub channels: usize,
    /// Cells per stage, or of the complete network in spaces without stages; enas always has twelve layers.
    pub cells: usize,
    /// Training recipe of the shared weights: quick, or the recipe of a space.
    pub recipe: String,
    /// Batch size.
    pub batch: usize,
    /// Maximum learning rate.
    pub learning_rate: f64,
    /// Training steps of the shared weights per round, each with another child; 0 for one epoch.
    pub steps: usize,
    /// alternating: number of held-out images that rewards of a round are measured on; two-stage: batch size of the
    /// evaluation on all held-out images.
    pub reward_batch: usize,
    /// alternating: number of best children whose rewards are measured again in each round; the others leave the replay
    /// set.
    pub keep: usize,
    /// alternating: random children that are measured in each round for comparison; 0 for none.
    pub probes: usize,
    /// Cached plans of children, for training and for evaluation each.
    pub plans: usize,
    /// Children drawn from the generator at the end, and as many random ones, that are evaluated on all held-out
    /// images.
    pub finalists: usize,
    /// Children trained from scratch at the end to compute the rank correlation with shared weights; 0 for none.
    pub correlate: usize,
}

impl Default for SuperNetConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            schedule: SharingSchedule::Alternating,
            rounds: 10,
            channels: 36,
            cells: 1,
            recipe: "enas".into(),
            batch: 128,
            learning_rate: 0.05,
            steps: 0,
            reward_batch: 128,
            keep: 30,
            probes: 0,
            plans: 16,
            finalists: 50,
            correlate: 0,
        }
    }
}

impl SuperNetConfig {
    /// Returns the recipe of the shared weights for a number of training images.
    #[must_use]
    pub fn fitted_recipe(&self, images: usize) -> Recipe {
        let mut recipe = recipe(&self.recipe).unwrap_or_default();
        (recipe.batch, recipe.rate.rate) = (self.batch.min(images), self.learning_rate);
        if self.schedule == SharingSchedule::Alternating {
            // The search determines the end of the training; epochs only determine the learning rate.
            return recipe;
        }
        // The learning-rate schedule spans the complete training.
        recipe.with_epochs(match self.steps {
            0 => self.rounds,
            steps => epochs_of(self.rounds.saturating_mul(steps) as u64, images, self.batch),
        })
    }
}
