//! What is odd about a data set but no reason to refuse it.

use super::images::Images;
use md5::{Digest, Md5};
use rayon::prelude::*;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

/// Something odd that was seen while a data set was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Images of the test part that are also in the training part, pixel for pixel.
    Duplicates(Duplicates),
    /// The images are decoded on demand, so nobody compared them.
    DuplicatesUnchecked,
    /// Fewer files than the data set has when it is complete.
    PartsMissing {
        /// Files that are there.
        found: usize,
        /// Files of the complete data set.
        expected: usize,
    },
    /// A class of the training part that the test part has no folder for.
    ClassesMissing {
        /// How many such classes there are.
        count: usize,
        /// The first one's name.
        first: String,
    },
    /// Files in class folders that are no images by their name.
    FilesSkipped {
        /// How many there are.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
}

/// How many images of one set are also in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicates {
    /// Images of the second set whose pixels are also in the first.
    pub count: usize,
    /// How many of these carry another label there.
    pub relabelled: usize,
    /// The first such pair: place in the first set, place in the second.
    pub first: (usize, usize),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicates(Duplicates { count, relabelled, first: (train, test) }) => write!(
                f,
                "{count} test images are also training images, {relabelled} of them under another label \
                 (the first: test image {test} is training image {train})"
            ),
            Self::DuplicatesUnchecked => write!(f, "images are decoded on demand and were not compared for duplicates"),
            Self::PartsMissing { found, expected } => {
                write!(f, "{found} of the data set's {expected} training files are there")
            }
            Self::ClassesMissing { count, first } => {
                write!(f, "{count} classes have no test images (the first: {first})")
            }
            Self::FilesSkipped { count, first } => {
                write!(f, "{count} files in class folders are no images (the first: {})", first.display())
            }
        }
    }
}

/// Images of `second` that are also in `first`, pixel for pixel; none where there are none.
pub fn duplicates(first: &Images, second: &Images) -> Option<Duplicates> {
    if first.shape() != second.shape() {
        return None;
    }
    let mut places = HashMap::with_capacity(first.len());
    for (place, digest) in digests(first).into_iter().enumerate() {
        places.entry(digest).or_insert(place);
    }
    let twins = digests(second).into_iter().enumerate();
    let pairs: Vec<_> = twins.filter_map(|(place, digest)| Some((*places.get(&digest)?, place))).collect();
    let other_label = |(a, b): &&(usize, usize)| first.labels()[*a] != second.labels()[*b];
    let relabelled = pairs.iter().filter(other_label).count();
    pairs.first().map(|pair| Duplicates { count: pairs.len(), relabelled, first: *pair })
}

fn digests(images: &Images) -> Vec<[u8; 16]> {
    images.pixels().par_chunks_exact(images.shape().len()).map(|image| Md5::digest(image).into()).collect()
}
