//! A split into training and held-out images, determined by a seed.

use super::error::DataError;
use super::streams::{Purpose, shuffle, stream};
use crate::convert::{to_integer, to_usize};

/// Options of a split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitOptions {
    /// Fraction of the images that is held out, above 0 and below 1.
    pub fraction: f64,
    /// Seed that selects the held-out images.
    pub seed: u64,
    /// Holds out the same fraction of every class, rounded to images.
    pub stratified: bool,
}

/// Image indices of each side, ascending. Every image is on exactly one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Images to train on.
    pub train: Vec<usize>,
    /// Images held out.
    pub validation: Vec<usize>,
}

impl Split {
    /// Splits images with these `labels`.
    ///
    /// # Errors
    /// [`DataError::Invalid`] if the fraction is out of range or leaves one side empty.
    pub fn new(labels: &[u16], options: SplitOptions) -> Result<Self, DataError> {
        let SplitOptions { fraction, seed, stratified } = options;
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(DataError::Invalid(format!("the split fraction {fraction} is not between 0 and 1")));
        }
        let mut is_held_out = vec![false; labels.len()];
        for (group, mut indices) in groups(labels, stratified).into_iter().enumerate() {
            shuffle(&mut indices, &mut stream(seed, Purpose::Split, 0, group as u64));
            let count = to_usize(to_integer((indices.len() as f64 * fraction).round()));
            indices.iter().take(count).for_each(|index| is_held_out[*index] = true);
        }
        let (validation, train): (Vec<_>, Vec<_>) = (0..labels.len()).partition(|index| is_held_out[*index]);
        if train.is_empty() || validation.is_empty() {
            let (side, images) = (if train.is_empty() { "train on" } else { "hold out" }, labels.len());
            let text = format!(
                "a fraction of {fraction} of {images} images leaves none to {side}; use a fraction (--validation, \
                 oracle.validation) of about {:.3} to {:.3}, or more images",
                (1.0 / images.max(1) as f64).min(0.5),
                (1.0 - 1.0 / images.max(1) as f64).max(0.5)
            );
            return Err(DataError::Invalid(text));
        }
        Ok(Self { train, validation })
    }
}

/// Returns the image indices of each class, or of all images as one group.
fn groups(labels: &[u16], stratified: bool) -> Vec<Vec<usize>> {
    if !stratified {
        return vec![(0..labels.len()).collect()];
    }
    let classes = labels.iter().max().map_or(0, |label| usize::from(*label) + 1);
    let mut groups = vec![Vec::new(); classes];
    labels.iter().enumerate().for_each(|(index, label)| groups[usize::from(*label)].push(index));
    groups
}
