//! Training and validation: a split fixed by a seed.

use super::error::DataError;
use super::streams::{Purpose, shuffle, stream};
use crate::convert::{to_usize, to_whole};

/// How a set is split in two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitOptions {
    /// Part of the images that is held out, above 0 and below 1.
    pub fraction: f64,
    /// Decides which images are held out.
    pub seed: u64,
    /// Holds out the same part of every class, to the nearest image.
    pub stratified: bool,
}

/// Places of the images in each part, ascending; together every image once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Images to train on.
    pub train: Vec<usize>,
    /// Images held out.
    pub validation: Vec<usize>,
}

impl Split {
    /// Splits images that carry `labels`.
    ///
    /// # Errors
    /// [`DataError::Invalid`] where the fraction is out of range or would leave one side empty.
    pub fn new(labels: &[u16], options: SplitOptions) -> Result<Self, DataError> {
        let SplitOptions { fraction, seed, stratified } = options;
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(DataError::Invalid(format!("a split of {fraction} is not between 0 and 1")));
        }
        let mut held = vec![false; labels.len()];
        for (group, mut places) in groups(labels, stratified).into_iter().enumerate() {
            shuffle(&mut places, &mut stream(seed, Purpose::Split, 0, group as u64));
            let count = to_usize(to_whole((places.len() as f64 * fraction).round()));
            places.iter().take(count).for_each(|place| held[*place] = true);
        }
        let (validation, train): (Vec<_>, Vec<_>) = (0..labels.len()).partition(|place| held[*place]);
        if train.is_empty() || validation.is_empty() {
            let (side, images) = (if train.is_empty() { "train on" } else { "hold out" }, labels.len());
            let text = format!(
                "a share of {fraction} of {images} images leaves none to {side}; give a share (--validation, oracle.validation) of about \
                 {:.3} to {:.3}, or more images",
                (1.0 / images.max(1) as f64).min(0.5),
                (1.0 - 1.0 / images.max(1) as f64).max(0.5)
            );
            return Err(DataError::Invalid(text));
        }
        Ok(Self { train, validation })
    }
}

/// The places of each class, or of all images together.
fn groups(labels: &[u16], stratified: bool) -> Vec<Vec<usize>> {
    if !stratified {
        return vec![(0..labels.len()).collect()];
    }
    let classes = labels.iter().max().map_or(0, |label| usize::from(*label) + 1);
    let mut groups = vec![Vec::new(); classes];
    labels.iter().enumerate().for_each(|(place, label)| groups[usize::from(*label)].push(place));
    groups
}
