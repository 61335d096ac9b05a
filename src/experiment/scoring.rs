//! Builds the training-free scorer of networks, for `graphpnas score` and for searches with a scored pool.

use super::error::ExperimentError;
use crate::data::{Dataset, LoaderOptions, Order};
use crate::device::Device;
use crate::network::Task;
use crate::score::Scorer;
use crate::train::{Parts, Recipe};

/// The inputs for building a scorer.
pub struct Scoring<'a> {
    /// The images.
    pub data: &'a Dataset,
    /// Maximum number of images.
    pub images: usize,
    /// Fraction of the training images that is held out and not used for scores.
    pub held_out: f64,
    /// Seeds of the initial weights; scores are averaged over them.
    pub weights: Vec<u64>,
    /// Seed of the choice of images.
    pub seed: u64,
}

/// A scorer with the task and number of its images.
pub struct Built {
    /// The scorer.
    pub scorer: Scorer,
    /// Image shape and number of classes.
    pub task: Task,
    /// Number of images, at most the requested number.
    pub images: usize,
}

impl Scoring<'_> {
    /// Builds the scorer from random training images without augmentation.
    ///
    /// # Errors
    /// The held-out fraction leaves no images, or images cannot be read.
    pub fn build(self, device: &Device) -> Result<Built, ExperimentError> {
        let recipe = Recipe { batch: 1, ..Recipe::default() };
        let parts = Parts::new(self.data, &recipe, self.held_out, self.seed, self.seed)?;
        let batch = self.images.min(parts.train.images());
        let options = |options| LoaderOptions { batch, order: Order::Shuffled, augment: Default::default(), ..options };
        let batch = parts.train.with(options).and_then(|loader| loader.batch(0, 0));
        let batch = batch.map_err(|error| ExperimentError::Failed(error.to_string()))?;
        Ok(Built { scorer: Scorer::new(&batch, self.weights, device), task: parts.task, images: batch.len() })
    }
}
