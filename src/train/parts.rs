//! The images of a training: loaders of its parts, normalised by the statistics of the part that is learnt from.

use super::error::TrainError;
use super::recipe::Recipe;
use crate::data::{Dataset, Loader, LoaderOptions, Normal, Source, Split, SplitOptions};
use crate::network::Task;
use std::sync::Arc;

/// Images that an evaluation takes at a time, where there are as many.
pub(super) const EVALUATED: usize = 250;

/// Loaders of what is learnt from and what is looked at.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Images to learn from, augmented and shuffled.
    pub train: Loader,
    /// Images that are held out: the data set's own part for that or, if it has none, some of the training images.
    pub validation: Option<Loader>,
    /// Images to test on.
    pub test: Loader,
    /// Shape and classes of all of them.
    pub task: Task,
    /// What all of them are normalised by.
    pub normal: Normal,
}

impl Parts {
    /// Training images that are left to learn from, and those that are held out or of the validation part, as [`Parts::new`]
    /// takes them.
    ///
    /// # Errors
    /// A fraction that leaves nothing.
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

    /// Holds out a `fraction` of the training images, the same of every class and chosen by `split_seed`; none for 0. A data
    /// set with a validation part keeps all training images: that part is held out, whatever the fraction. The seed of the
    /// training decides order and augmentation.
    ///
    /// # Errors
    /// A batch larger than the training part, an augmentation that does not fit, a fraction that leaves nothing.
    pub fn new(data: &Dataset, recipe: &Recipe, fraction: f64, split_seed: u64, seed: u64) -> Result<Self, TrainError> {
        Self::normalised(data, recipe, fraction, [split_seed, seed], None)
    }

    /// The same, normalised as a network is used to, where one is given. The seeds are those of split and training.
    ///
    /// # Errors
    /// As [`Parts::new`].
    pub fn normalised(
        data: &Dataset,
        recipe: &Recipe,
        fraction: f64,
        [split_seed, seed]: [u64; 2],
        known: Option<&Normal>,
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
        // One thread prepares images while the device, which may be all cores, works.
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
        let held = held.map(|(part, places)| looked_at(part, places, &normal)).transpose()?;
        let all = (0..data.test.len()).collect();
        Ok(Self {
            train: Loader::over(Arc::clone(source), train, options)?,
            validation: held,
            test: looked_at(&data.test, all, &normal)?,
            task,
            normal,
        })
    }
}

fn looked_at(source: &Arc<Source>, places: Vec<usize>, normal: &Normal) -> Result<Loader, TrainError> {
    let batch = places.len().clamp(1, EVALUATED);
    let options = LoaderOptions { threads: 1, ..LoaderOptions::evaluate(batch, normal.clone()) };
    Ok(Loader::over(Arc::clone(source), places, options)?)
}

/// The usual constants where the data set has some, else its own statistics.
fn normal(data: &Dataset, places: &[usize]) -> Result<Normal, TrainError> {
    match data.layout {
        "cifar10" => Ok(Normal::cifar10()),
        "cifar100" => Ok(Normal::cifar100()),
        _ => Ok(Normal::of_some(&data.train, places).map_err(crate::data::LoaderError::from)?),
    }
}
