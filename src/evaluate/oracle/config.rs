//! Oracle settings: the section `[oracle]` of the configuration.

use crate::convert::to_f32;
use crate::train::{Recipe, Until, recipe};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The section `[oracle]`: training of architectures on images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct OracleConfig {
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells per stage, or of the complete network in spaces without stages.
    pub cells: usize,
    /// Training recipe: quick, or the recipe of a space.
    pub recipe: String,
    /// Training epochs; the learning-rate schedule spans them.
    pub epochs: usize,
    /// Batch size.
    pub batch: usize,
    /// Maximum learning rate.
    pub learning_rate: f64,
    /// Decay of an exponential moving average of the weights, which is evaluated instead of the weights; 0 for none.
    pub average: f64,
    /// Steps after which a training ends; 0 for no limit.
    pub steps: u64,
    /// Seconds after which a training ends; 0 for no limit. With a limit, rewards are not reproducible.
    pub seconds: f64,
    /// Fraction of the training images that is held out to measure rewards.
    pub validation: f64,
    /// Reduction factor of successive halving: one of this many trainings continues after each rung; 0 for none.
    #[serde(alias = "halving")]
    pub reduction_factor: usize,
    /// Epochs of the first rung of successive halving.
    #[serde(alias = "first_look")]
    pub first_rung: usize,
    /// Training images of the built-in data set.
    pub train_images: usize,
    /// Test images of the built-in data set.
    pub test_images: usize,
    /// Height and width in pixels that images are resized to; 0 keeps their size.
    pub resize: usize,
    /// Width in pixels, if it differs from the height; 0 for square images. With resize = 0, it is the height too.
    pub resize_width: usize,
}

impl Default for OracleConfig {
    fn default() -> Self {
        Self {
            channels: 8,
            cells: 1,
            recipe: "quick".into(),
            epochs: 3,
            batch: 64,
            learning_rate: 0.1,
            average: 0.0,
            steps: 0,
            seconds: 0.0,
            validation: 0.25,
            reduction_factor: 0,
            first_rung: 1,
            train_images: 2000,
            test_images: 1000,
            resize: 0,
            resize_width: 0,
        }
    }
}

impl OracleConfig {
    /// Returns the named recipe with the configured batch size, learning rate, weight average and epochs. Uses the
    /// default recipe for an unknown name, which [`crate::search::Config::check`] refuses.
    #[must_use]
    pub fn fitted_recipe(&self) -> Recipe {
        let mut recipe = recipe(&self.recipe).unwrap_or_default();
        recipe.batch = self.batch;
        recipe.rate.rate = self.learning_rate;
        if self.average > 0.0 {
            recipe.average = Some(to_f32(self.average));
        }
        recipe.with_epochs(self.epochs)
    }

    /// Returns the end of a training.
    #[must_use]
    pub fn until(&self) -> Until {
        match self {
            Self { steps: 1.., .. } => Until::Step(self.steps),
            Self { seconds, .. } if *seconds > 0.0 => Until::Time(Duration::from_secs_f64(*seconds)),
            _ => Until::Epoch(self.epochs),
        }
    }

    /// Returns the budget of a training as text: `3 epochs`, `230 steps`.
    #[must_use]
    pub fn budget(&self) -> String {
        match self.until() {
            Until::Epoch(1) => "1 epoch".to_owned(),
            Until::Epoch(epochs) => format!("{epochs} epochs"),
            Until::Step(1) => "1 step".to_owned(),
            Until::Step(steps) => format!("{steps} steps"),
            Until::Time(time) => format!("{} s", time.as_secs_f64()),
        }
    }

    /// Returns the height and width that images are resized to; `None` if they keep their size.
    #[must_use]
    pub fn size(&self) -> Option<(usize, usize)> {
        match (self.resize, self.resize_width) {
            (0, 0) => None,
            (side, 0) | (0, side) => Some((side, side)),
            both => Some(both),
        }
    }
}
