//! The recipe of a training: optimizer, learning rate, batch size, augmentation.

use crate::bounds::bound;
use crate::data::Augment;
use crate::kernel::optimizer::SgdSettings;
use crate::nn::{LearningRate, OptimizerSettings, Schedule};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// All settings of a training except the network, the images and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Passes over the training images.
    pub epochs: usize,
    /// Batch size; an incomplete last batch of an epoch is skipped.
    pub batch: usize,
    /// Label smoothing, from 0 to below 1.
    #[serde(default)]
    pub smoothing: f32,
    /// Maximum norm of the gradient over all parameters; a larger gradient is scaled down to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f32>,
    /// Decay of running means of the weights, which are evaluated instead of the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<f32>,
    /// Probability of drop path in DARTS cells.
    #[serde(default)]
    pub drop_path: f32,
    /// The optimizer and its settings.
    pub optimizer: OptimizerSettings,
    /// The learning rate over the epochs, updated at every step.
    pub rate: LearningRate,
    /// Random changes to the training images.
    #[serde(default)]
    pub augment: Augment,
}

/// A recipe with a value out of its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the recipe's {0}")]
pub struct RecipeError(String);

impl Default for Recipe {
    /// SGD with Nesterov momentum, one epoch, no augmentation.
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
    /// Returns the recipe for another number of epochs: a cosine ends with the last epoch, and the warm-up keeps its
    /// fraction.
    #[must_use]
    pub fn with_epochs(mut self, epochs: usize) -> Self {
        self.rate.warmup *= epochs as f64 / self.epochs.max(1) as f64;
        if let Schedule::Cosine { over, .. } = &mut self.rate.schedule {
            *over = (epochs as f64 - self.rate.warmup).max(f64::MIN_POSITIVE);
        }
        self.epochs = epochs;
        self
    }

    /// Checks the ranges of all values.
    ///
    /// # Errors
    /// The first value out of its range.
    pub fn check(&self) -> Result<(), RecipeError> {
        let mut numbers = vec![
            ("recipe.epochs", self.epochs as f64),
            ("recipe.batch", self.batch as f64),
            ("recipe.smoothing", self.smoothing.into()),
            ("recipe.drop_path", self.drop_path.into()),
            ("recipe.rate.rate", self.rate.rate),
            ("recipe.rate.warmup", self.rate.warmup),
            ("recipe.augment.cutout", self.augment.cutout as f64),
        ];
        numbers.extend(self.clip.map(|clip| ("recipe.clip", clip.into())));
        numbers.extend(self.average.map(|decay| ("recipe.average", decay.into())));
        numbers.extend(self.augment.crop.map(|crop| ("recipe.augment.crop.pad", crop.pad as f64)));
        numbers.extend(optimizer_values(&self.optimizer));
        numbers.extend(schedule_values(&self.rate.schedule));
        for (key, number) in numbers {
            if let Some(bound) = bound(key).filter(|bound| !bound.has(number)) {
                let key = key.trim_start_matches("recipe.");
                return Err(RecipeError(format!("{key} {}", bound.refusal(&number))));
            }
        }
        match self.rate.problem() {
            Some(problem) => Err(RecipeError(format!("rate: {problem}"))),
            None => Ok(()),
        }
    }
}

fn optimizer_values(settings: &OptimizerSettings) -> Vec<(&'static str, f64)> {
    let (momentum, decay, epsilon) =
        ("recipe.optimizer.momentum", "recipe.optimizer.decay", "recipe.optimizer.epsilon");
    match *settings {
        OptimizerSettings::Sgd(sgd) => vec![(momentum, sgd.momentum.into()), (decay, sgd.decay.into())],
        OptimizerSettings::Adam(adam) => vec![
            ("recipe.optimizer.beta1", adam.beta1.into()),
            ("recipe.optimizer.beta2", adam.beta2.into()),
            (epsilon, adam.epsilon.into()),
            (decay, adam.decay.into()),
        ],
        OptimizerSettings::RmsProp(rms) => vec![
            ("recipe.optimizer.smoothing", rms.smoothing.into()),
            (momentum, rms.momentum.into()),
            (epsilon, rms.epsilon.into()),
            (decay, rms.decay.into()),
        ],
    }
}

fn schedule_values(schedule: &Schedule) -> Vec<(&'static str, f64)> {
    let end = "recipe.rate.schedule.end";
    match *schedule {
        Schedule::Constant => Vec::new(),
        Schedule::Step { every, factor } => {
            vec![("recipe.rate.schedule.every", every), ("recipe.rate.schedule.factor", factor)]
        }
        Schedule::Cosine { over, end: lowest } => vec![("recipe.rate.schedule.over", over), (end, lowest)],
        Schedule::Restarts { first, multiple, end: lowest } => vec![
            ("recipe.rate.schedule.first", first),
            ("recipe.rate.schedule.multiple", multiple.into()),
            (end, lowest),
        ],
    }
}
