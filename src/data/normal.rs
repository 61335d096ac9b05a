//! Normalisation by the mean and standard deviation of each channel.

use super::error::{DataError, LoaderError};
use super::shape::ImageShape;
use super::signals::Signals;
use super::source::{Source, Values};
use crate::convert::to_f32;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of each channel, of images for values from 0 to 1, of signals for the stored values; `x` is
/// normalised to `(x - mean) / deviation`.
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
        if let Source::Signals(signals) = source {
            return Self::of_signals(signals, indices);
        }
        let one = |scratch: &mut Vec<u8>, index: &usize| {
            source.read(*index, scratch, |values| match values {
                Values::Bytes(pixels) => sums(pixels, shape),
                Values::Floats(_) => Vec::new(),
            })
        };
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

    /// Computes mean and standard deviation in two passes, each in the order of the signals.
    fn of_signals(signals: &Signals, indices: &[usize]) -> Result<Self, DataError> {
        let shape = signals.shape();
        let missing = |index: usize| DataError::Invalid(format!("signal index {index} is out of range"));
        let chosen = indices.iter().map(|index| signals.signal(*index).ok_or_else(|| missing(*index)));
        let chosen = chosen.collect::<Result<Vec<_>, _>>()?;
        let count = (indices.len() * shape.width) as f64;
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for channel in 0..shape.channels {
            let values = || {
                let planes = chosen.iter().filter_map(|signal| signal.chunks_exact(shape.width).nth(channel));
                planes.flatten().map(|value| f64::from(*value))
            };
            let average = values().sum::<f64>() / count;
            let spread = (values().map(|value| (value - average).powi(2)).sum::<f64>() / count).sqrt();
            mean.push(to_f32(average));
            // A constant channel, or one whose spread is too small or too large for single precision.
            let spread = to_f32(spread);
            deviation.push(if spread.is_normal() { spread } else { 1.0 });
        }
        Ok(Self { mean, deviation })
    }

    /// Returns how the stored values of each channel are normalised.
    pub(super) fn channels(&self, shape: ImageShape) -> Result<Channels, LoaderError> {
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
        let both = || self.mean.iter().zip(&self.deviation);
        let scale = |(mean, deviation): (&f32, &f32)| Scale { mean: *mean, deviation: *deviation };
        Ok(Channels { tables: both().map(table).collect(), scales: both().map(scale).collect() })
    }
}

/// The normalisation of each channel, for bytes and for other values.
#[derive(Debug)]
pub(super) struct Channels {
    /// The normalised value of each byte.
    pub tables: Vec<[f32; 256]>,
    pub scales: Vec<Scale>,
}

/// The normalisation of one channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    mean: f32,
    deviation: f32,
}

/// Normalises the stored values of one channel.
pub(super) trait Channel {
    /// A stored value.
    type Stored: Copy;

    /// The value around an image.
    fn padding(&self) -> Self::Stored;

    fn normalised(&self, value: Self::Stored) -> f32;
}

impl Channel for [f32; 256] {
    type Stored = u8;

    /// Black.
    fn padding(&self) -> u8 {
        0
    }

    fn normalised(&self, value: u8) -> f32 {
        self[usize::from(value)]
    }
}

impl Channel for Scale {
    type Stored = f32;

    /// The mean, which is 0 after normalisation.
    fn padding(&self) -> f32 {
        self.mean
    }

    fn normalised(&self, value: f32) -> f32 {
        (value - self.mean) / self.deviation
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
