//! Builds what scores networks without training: for `graphpnas score`, and for searches that explore a scored pool.

use super::error::ExperimentError;
use crate::data::{Dataset, LoaderOptions, Order};
use crate::device::Device;
use crate::network::Task;
use crate::score::Scorer;
use crate::train::{Parts, Recipe};

/// What a scorer is built of.
pub struct Scoring<'a> {
    /// The images.
    pub data: &'a Dataset,
    /// Images at most.
    pub images: usize,
    /// Part of the training images that is held out and not scored on.
    pub held_out: f64,
    /// Seeds of the first weights that scores are averaged over.
    pub weights: Vec<u64>,
    /// Seed of the images.
    pub seed: u64,
}

/// A scorer, the task of the images and how many they are.
pub struct Built {
    /// The scorer.
    pub scorer: Scorer,
    /// Shape and classes of the images.
    pub task: Task,
    /// How many images there are, at most as many as were asked for.
    pub images: usize,
}

impl Scoring<'_> {
    /// Takes random training images, without augmentation.
    ///
    /// # Errors
    /// A part to hold out that leaves no images, images that cannot be read.
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
