//! How a network is trained: optimizer, learning rate, batch, augmentation.

use crate::data::Augment;
use crate::kernel::optimizer::SgdSettings;
use crate::nn::{LearningRate, OptimizerSettings, Schedule};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything that decides a training, but for the network, the images and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images of a step; those that do not fill the last one of an epoch are left out of it.
    pub batch: usize,
    /// Label smoothing, from 0 to below 1.
    #[serde(default)]
    pub smoothing: f32,
    /// The longest gradient, all parameters together; longer ones are shortened to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f32>,
    /// Decay of running means of the weights, which then are what is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<f32>,
    /// Probability with which DARTS cells lose an operation's result.
    #[serde(default)]
    pub drop_path: f32,
    /// The optimizer and its numbers.
    pub optimizer: OptimizerSettings,
    /// The learning rate over the epochs, changed at every step.
    pub rate: LearningRate,
    /// Random changes to the training images.
    #[serde(default)]
    pub augment: Augment,
}

/// A recipe with a number out of its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the recipe's {0}")]
pub struct RecipeError(String);

impl Default for Recipe {
    /// Plain: SGD with Nesterov momentum, one epoch, no augmentation.
    fn default() -> Self {
        let sgd = SgdSettings { momentum: 0.9, nesterov: true, decay: 5e-4 };
        Self {
            epochs: 1,
            batch: 64,
            smoothing: 0.0,
            clip: None,
            average: None,
            drop_path: 0.0,
            optimizer: OptimizerSettings::Sgd(sgd),
            rate: LearningRate { rate: 0.1, warmup: 0.0, schedule: Schedule::Cosine { over: 1.0, end: 0.0 } },
            augment: Augment::default(),
        }
    }
}

impl Recipe {
    /// The same for another number of epochs: a cosine ends with the last one, and a warm-up keeps its share.
    #[must_use]
    pub fn with_epochs(mut self, epochs: usize) -> Self {
        self.rate.warmup *= epochs as f64 / self.epochs.max(1) as f64;
        if let Schedule::Cosine { over, .. } = &mut self.rate.schedule {
            *over = (epochs as f64 - self.rate.warmup).max(f64::MIN_POSITIVE);
        }
        self.epochs = epochs;
        self
    }

    /// # Errors
    /// The first number out of its range.
    pub fn check(&self) -> Result<(), RecipeError> {
        let refuse = |why: &str| Err(RecipeError(why.to_owned()));
        if self.epochs == 0 || self.batch == 0 {
            return refuse("epochs and batch must be at least 1");
        }
        if !(0.0..1.0).contains(&self.smoothing) || !(0.0..1.0).contains(&self.drop_path) {
            return refuse("smoothing and drop_path must be from 0 to below 1");
        }
        if self.clip.is_some_and(|clip| !(clip.is_finite() && clip > 0.0)) {
            return refuse("clip must be above 0");
        }
        if self.average.is_some_and(|decay| !(0.0..1.0).contains(&decay)) {
            return refuse("average must be from 0 to below 1");
        }
        match self.rate.complaint() {
            Some(complaint) => Err(RecipeError(format!("rate: {complaint}"))),
            None => Ok(()),
        }
    }
}
