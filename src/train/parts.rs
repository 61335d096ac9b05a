//! The images of a training: loaders of its parts, normalised by the statistics of the training part.

use super::error::TrainError;
use super::recipe::Recipe;
use crate::data::{Dataset, Loader, LoaderOptions, Normalization, Source, Split, SplitOptions};
use crate::network::Task;
use std::sync::Arc;

/// The maximum batch size of an evaluation.
pub(super) const EVALUATION_BATCH: usize = 250;

/// The loaders of the training, validation and test images.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Training images, augmented and shuffled.
    pub train: Loader,
    /// Held-out images: the data set's validation part or, if it has none, a fraction of the training images.
    pub validation: Option<Loader>,
    /// Test images.
    pub test: Loader,
    /// Shape and classes of the images.
    pub task: Task,
    /// Mean and standard deviation by which all of them are normalised.
    pub normal: Normalization,
}

impl Parts {
    /// Returns the numbers of training images and of held-out or validation images, as in [`Parts::new`].
    ///
    /// # Errors
    /// A fraction that leaves no images in one of the two.
    pub fn sizes(data: &Dataset, fraction: f64, split_seed: u64) -> Result<[usize; 2], TrainError> {
        if let Some(part) = &data.validation {
            return Ok([data.train.len(), part.len()]);
        }
        if fraction <= 0.0 {
            return Ok([data.train.len(), 0]);
        }
        let options = SplitOptions { fraction, seed: split_seed, stratified: true };
        let split = Split::new(data.train.labels(), options).map_err(crate::data::LoaderError::from)?;
        Ok([split.train.len(), split.validation.len()])
    }

    /// Holds out a `fraction` of the training images, stratified by class and chosen by `split_seed`; none for 0. If
    /// the data set has a validation part, that part is used instead and `fraction` is ignored. `seed` determines order
    /// and augmentation.
    ///
    /// # Errors
    /// A batch larger than the training part, an augmentation that does not suit the images, or a fraction that leaves
    /// no images.
    pub fn new(data: &Dataset, recipe: &Recipe, fraction: f64, split_seed: u64, seed: u64) -> Result<Self, TrainError> {
        Self::normalised(data, recipe, fraction, [split_seed, seed], None)
    }

    /// As [`Parts::new`], with the known normalisation of a trained network, if given. The seeds are those of split and
    /// training.
    ///
    /// # Errors
    /// As [`Parts::new`].
    pub fn normalised(
        data: &Dataset,
        recipe: &Recipe,
        fraction: f64,
        [split_seed, seed]: [u64; 2],
        known: Option<&Normalization>,
    ) -> Result<Self, TrainError> {
        let source = &data.train;
        let (train, held) = if fraction > 0.0 && data.validation.is_none() {
            let options = SplitOptions { fraction, seed: split_seed, stratified: true };
            let split = Split::new(source.labels(), options).map_err(crate::data::LoaderError::from)?;
            (split.train, split.validation)
        } else {
            ((0..source.len()).collect(), Vec::new())
        };
        let normal = known.map_or_else(|| normal(data, &train), |known| Ok(known.clone()))?;
        // One thread prepares images, because the device may use all cores.
        let options = LoaderOptions {
            augment: recipe.augment,
            threads: 1,
            ..LoaderOptions::train(recipe.batch, normal.clone(), seed)
        };
        let shape = source.shape();
        let task = Task { input: [shape.channels, shape.height, shape.width], classes: source.classes().len() };
        let held = match &data.validation {
            Some(part) => Some((part, (0..part.len()).collect())),
            None => (!held.is_empty()).then_some((source, held)),
        };
        let held = held.map(|(part, indices)| evaluation_loader(part, indices, &normal)).transpose()?;
        let all = (0..data.test.len()).collect();
        Ok(Self {
            train: Loader::over(Arc::clone(source), train, options)?,
            validation: held,
            test: evaluation_loader(&data.test, all, &normal)?,
            task,
            normal,
        })
    }
}

fn evaluation_loader(source: &Arc<Source>, indices: Vec<usize>, normal: &Normalization) -> Result<Loader, TrainError> {
    let batch = indices.len().clamp(1, EVALUATION_BATCH);
    let options = LoaderOptions { threads: 1, ..LoaderOptions::evaluate(batch, normal.clone()) };
    Ok(Loader::over(Arc::clone(source), indices, options)?)
}

/// Returns the published constants of a known data set, else the statistics of the training images.
fn normal(data: &Dataset, indices: &[usize]) -> Result<Normalization, TrainError> {
    match data.layout {
        "cifar10" => Ok(Normalization::cifar10()),
        "cifar100" => Ok(Normalization::cifar100()),
        _ => Ok(Normalization::of_some(&data.train, indices).map_err(crate::data::LoaderError::from)?),
    }
}
