//! Normalisation by the mean and standard deviation of each channel.

use super::error::{DataError, LoaderError};
use super::shape::ImageShape;
use super::source::Source;
use crate::convert::to_f32;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of each channel, for values from 0 to 1; `x` is normalised to `(x - mean) / deviation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normalization {
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel, above 0.
    pub deviation: Vec<f32>,
}

/// Sum and sum of squares of the bytes of each channel: integers, so that the result does not depend on the order.
type Sums = Vec<(u64, u64)>;

impl Normalization {
    /// The usual constants of CIFAR-10.
    pub fn cifar10() -> Self {
        Self::known([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616])
    }

    /// The usual constants of CIFAR-100.
    pub fn cifar100() -> Self {
        Self::known([0.5071, 0.4865, 0.4409], [0.2673, 0.2564, 0.2762])
    }

    /// The usual constants of ImageNet.
    pub fn imagenet() -> Self {
        Self::known([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    }

    /// The identity: mean 0 and standard deviation 1.
    pub fn none(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], deviation: vec![1.0; channels] }
    }

    fn known(mean: [f32; 3], deviation: [f32; 3]) -> Self {
        Self { mean: mean.into(), deviation: deviation.into() }
    }

    /// Computes the statistics of all images of `source`, independent of the number of threads. A constant channel gets
    /// standard deviation 1. All image files are decoded.
    ///
    /// # Errors
    /// A file that cannot be decoded, or no images.
    pub fn of(source: &Source) -> Result<Self, DataError> {
        let all: Vec<usize> = (0..source.len()).collect();
        Self::of_some(source, &all)
    }

    /// Computes the statistics of the images at `indices`, for example the training side of a [`Split`](super::Split).
    ///
    /// # Errors
    /// A file that cannot be decoded, an index that is out of range, or no images.
    pub fn of_some(source: &Source, indices: &[usize]) -> Result<Self, DataError> {
        let shape = source.shape();
        if indices.is_empty() {
            return Err(DataError::Invalid("normalisation statistics need at least one image".into()));
        }
        let one = |scratch: &mut Vec<u8>, index: &usize| source.read(*index, scratch, |pixels| sums(pixels, shape));
        let nothing = || vec![(0, 0); shape.channels];
        let total = indices.par_iter().map_init(Vec::new, one).try_reduce(nothing, |a, b| Ok(add(a, &b)))?;
        Ok(Self::of_sums(&total, (indices.len() * shape.plane()) as f64))
    }

    fn of_sums(sums: &Sums, count: f64) -> Self {
        let one = |(sum, squares): &(u64, u64)| {
            let mean = *sum as f64 / count;
            let deviation = (*squares as f64 / count - mean * mean).max(0.0).sqrt();
            (to_f32(mean / 255.0), if deviation > 0.0 { to_f32(deviation / 255.0) } else { 1.0 })
        };
        let (mean, deviation) = sums.iter().map(one).unzip();
        Self { mean, deviation }
    }

    /// Returns for each channel a table of the normalised value of each byte.
    pub(super) fn tables(&self, shape: ImageShape) -> Result<Vec<[f32; 256]>, LoaderError> {
        let (means, deviations) = (self.mean.len(), self.deviation.len());
        let wrong = |what: String| Err(LoaderError::Normal { what });
        if (means, deviations) != (shape.channels, shape.channels) {
            return wrong(format!(
                "{means} means and {deviations} standard deviations for {} channels",
                shape.channels
            ));
        }
        if self.mean.iter().any(|mean| !mean.is_finite()) || self.deviation.iter().any(|x| !(x.is_finite() && *x > 0.0))
        {
            return wrong("means must be finite, and standard deviations finite and above 0".into());
        }
        let table =
            |(mean, deviation): (&f32, &f32)| std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / deviation);
        Ok(self.mean.iter().zip(&self.deviation).map(table).collect())
    }
}

fn sums(pixels: &[u8], shape: ImageShape) -> Sums {
    let one = |(sum, squares), byte: &u8| (sum + u64::from(*byte), squares + u64::from(*byte).pow(2));
    pixels.chunks_exact(shape.plane()).map(|plane| plane.iter().fold((0, 0), one)).collect()
}

fn add(mut into: Sums, other: &Sums) -> Sums {
    for (sum, more) in into.iter_mut().zip(other) {
        *sum = (sum.0 + more.0, sum.1 + more.1);
    }
    into
}
