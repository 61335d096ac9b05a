//! Settings of the oracle: the section `[oracle]` of the configuration.

use crate::convert::to_f32;
use crate::train::{Recipe, Until, recipe};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The section `[oracle]`; used with `--data` and by the presets on the embedded images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct OracleConfig {
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// The recipe: quick, or that of a space.
    pub recipe: String,
    /// Epochs of a training; the learning rate's schedule is fitted to them.
    pub epochs: usize,
    /// Batch size.
    pub batch: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Decay of an exponential moving average of the weights, which then are what is evaluated; 0 for none.
    pub average: f64,
    /// Steps after which a training ends; 0 for no limit.
    pub steps: u64,
    /// Seconds after which a training ends; 0 for no limit. With a limit the seed does not fix the rewards.
    pub seconds: f64,
    /// Part of the training images that rewards are measured on.
    pub validation: f64,
    /// Reduction factor of successive halving: of so many trainings one continues after each rung; 0 for no halving.
    #[serde(alias = "halving")]
    pub reduction_factor: usize,
    /// Epochs of the first rung of successive halving.
    #[serde(alias = "first_look")]
    pub first_rung: usize,
    /// Training images of the built-in data set.
    pub train_images: usize,
    /// Test images of the built-in data set.
    pub test_images: usize,
    /// Height and width in pixels that images are brought to; 0 keeps their size.
    pub resize: usize,
    /// Width, where it is not the height; 0 for as wide as high. Alone it is the height too.
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
    /// The recipe that it names, with its batch size, learning rate, weight average and epochs. An unknown name, which
    /// [`crate::search::Config::check`] refuses, stands for the default recipe.
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

    /// When a training ends.
    #[must_use]
    pub fn until(&self) -> Until {
        match self {
            Self { steps: 1.., .. } => Until::Step(self.steps),
            Self { seconds, .. } if *seconds > 0.0 => Until::Time(Duration::from_secs_f64(*seconds)),
            _ => Until::Epoch(self.epochs),
        }
    }

    /// The budget of a training in words: `3 epochs`, `230 steps`.
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

    /// Height and width that images are brought to; none where they keep theirs.
    #[must_use]
    pub fn size(&self) -> Option<(usize, usize)> {
        match (self.resize, self.resize_width) {
            (0, 0) => None,
            (side, 0) | (0, side) => Some((side, side)),
            both => Some(both),
        }
    }
}
