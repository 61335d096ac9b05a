//! The section `[supernet]` of the configuration.

use super::Complaint;
use crate::evaluate::SharingSchedule;
use crate::space::{Space, sharing_names};
use crate::train::{recipe, recipe_names};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

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
    /// The first value that does not suit the others, in a search of `space`.
    pub(super) fn complaint(&self, space: &dyn Space) -> Option<Complaint> {
        let (name, sharing) = (space.name(), sharing_names());
        if self.enabled && self.schedule == SharingSchedule::Alternating && space.constant_width().is_none() {
            let why = format!("must be \"two-stage\" in the space {name}; \"alternating\" is for the space enas");
            return Some(("supernet.schedule", why));
        }
        if self.enabled && !space.shares_weights() {
            let why = format!("must be false: networks of {name} share no weights, those of {} do", sharing.join(", "));
            return Some(("supernet.enabled", why));
        }
        if recipe(&self.recipe).is_none() {
            return Some(("supernet.recipe", format!("must be one of {}, not '{}'", recipe_names(), self.recipe)));
        }
        (self.correlate == 1).then(|| ("supernet.correlate", "must be 0 for none or 2 to 10000, not 1".into()))
    }
}
