//! Builds what scores networks without training: for `graphpnas score`, and for searches that explore a scored pool.

use super::error::CliError;
use super::rewards::failed;
use crate::data::{Dataset, LoaderOptions, Order};
use crate::device::Device;
use crate::score::Scorer;
use crate::train::{Parts, Recipe};

/// What a scorer is built of.
pub(super) struct Scoring<'a> {
    pub(super) data: &'a Dataset,
    /// Images at most.
    pub(super) images: usize,
    /// Part of the training images that is held out and not scored on.
    pub(super) held_out: f64,
    /// Seeds of the first weights that scores are averaged over.
    pub(super) weights: Vec<u64>,
    /// Seed of the images.
    pub(super) seed: u64,
}

/// A scorer, the task of the images and how many they are.
pub(super) struct Built {
    pub(super) scorer: Scorer,
    pub(super) task: crate::child::Task,
    pub(super) images: usize,
}

impl Scoring<'_> {
    /// Takes random training images, without augmentation.
    pub(super) fn build(self, device: &Device) -> Result<Built, CliError> {
        let recipe = Recipe { batch: 1, ..Recipe::default() };
        let parts = Parts::new(self.data, &recipe, self.held_out, self.seed, self.seed).map_err(failed)?;
        let batch = self.images.min(parts.train.images());
        let options = |options| LoaderOptions { batch, order: Order::Shuffled, augment: Default::default(), ..options };
        let batch = parts.train.with(options).and_then(|loader| loader.batch(0, 0));
        let batch = batch.map_err(|error| CliError::Failed(error.to_string()))?;
        Ok(Built { scorer: Scorer::new(&batch, self.weights, device), task: parts.task, images: batch.len() })
    }
}
