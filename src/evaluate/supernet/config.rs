//! Settings of shared weights: the section `[supernet]` of the configuration.

use crate::evaluate::proxy::epochs_of;
use crate::train::{Recipe, recipe};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// When shared weights are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharingSchedule {
    /// In every round, with children from where those of the round come (ENAS, Pham et al. 2018); the shared model is that of
    /// constant width ([`crate::space::enas::constant_width`]).
    #[default]
    Alternating,
    /// Before the search, with random children; then they stay as they are (Guo et al. 2020). Children are the networks that are
    /// trained alone.
    TwoStage,
}

/// The section `[supernet]`: rewards from weights that all children share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct SuperNetConfig {
    /// Whether they come from there.
    pub enabled: bool,
    /// When weights are trained: "alternating" (in every round; only enas) or "two-stage" (before the search).
    pub schedule: SharingSchedule,
    /// Rounds of training with random architectures before the search, with schedule "two-stage".
    pub rounds: usize,
    /// Channels of every layer, or of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the network where it has no stages; enas has twelve layers.
    pub cells: usize,
    /// Name of the recipe of the shared weights.
    pub recipe: String,
    /// Batch size.
    pub batch: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Steps of the shared weights in a round, each with a child of its own; 0 for an epoch.
    pub steps: usize,
    /// Held-out images that the rewards of a round are measured on; with two-stage, those of a batch of the
    /// measurement on all.
    pub reward_batch: usize,
    /// The best children so far, measured anew each round; the others are forgotten.
    pub keep: usize,
    /// Random children that are measured beside those of a round; 0 for none.
    pub probes: usize,
    /// Plans of children that are kept, to learn and to look each.
    pub plans: usize,
    /// Children drawn in the end, and as many random ones, measured on all held-out images.
    pub finalists: usize,
    /// Children that are trained from scratch in the end, to compare the orders; 0 for none.
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
    /// The recipe of the shared weights, for this many training images.
    #[must_use]
    pub fn fitted_recipe(&self, images: usize) -> Recipe {
        let mut recipe = recipe(&self.recipe).unwrap_or_default();
        (recipe.batch, recipe.rate.rate) = (self.batch.min(images), self.learning_rate);
        if self.schedule == SharingSchedule::Alternating {
            // The search says when it is over; epochs only shape the learning rate.
            return recipe;
        }
        // The schedule of the learning rate ends with the training.
        recipe.with_epochs(match self.steps {
            0 => self.rounds,
            steps => epochs_of(self.rounds.saturating_mul(steps) as u64, images, self.batch),
        })
    }
}
