//! What is odd about a data set but no reason to refuse it.

use super::images::Images;
use crate::shown::Show;
use md5::{Digest, Md5};
use rayon::prelude::*;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Images to train on.
    Training,
    /// Images that rewards are measured on.
    Validation,
    /// Images to test on.
    Test,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Training => "training",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Something odd that was seen while a data set was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Images of one part that are also in another, pixel for pixel.
    Duplicates {
        /// The parts: the first and the second set of `found`.
        parts: [Part; 2],
        /// The images.
        found: Duplicates,
    },
    /// The images are decoded on demand, so they were not compared.
    DuplicatesUnchecked,
    /// The images are decoded on demand, so only some were looked at for what is wrong with single pictures.
    Sampled {
        /// How many were looked at, evenly spread over all.
        looked: usize,
        /// Pictures in all.
        of: usize,
    },
    /// A folder whose only content is the folder that is read, as an archive that was unpacked twice leaves it.
    Nested {
        /// The folder.
        outer: PathBuf,
        /// The folder in it.
        inner: PathBuf,
    },
    /// Fewer files than the data set has when it is complete.
    PartsMissing {
        /// Files that are there.
        found: usize,
        /// Files of the complete data set.
        expected: usize,
    },
    /// A class of the training part that another part has no folder for.
    ClassesMissing {
        /// The part that lacks it.
        part: Part,
        /// How many such classes there are.
        count: usize,
        /// The first one's name.
        first: String,
    },
    /// Files and folders in class folders that are no pictures of a kind that is read.
    FilesSkipped {
        /// How many there are.
        count: usize,
        /// How many of each ending, such as `7 .txt, 3 .heic`.
        kinds: String,
        /// The first one.
        first: PathBuf,
    },
    /// Pipes, devices, sockets and links that lead nowhere, which were not opened.
    NotRegular {
        /// How many there are.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
    /// Pictures beside the class folders.
    NoClass {
        /// How many there are.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
    /// Folders beside the parts of a data set that are not used.
    Unused {
        /// Their names.
        names: Vec<String>,
        /// The names of the folders that are used.
        used: Vec<String>,
    },
    /// A folder for validation, used as the test part because there is none for that.
    ValidationIsTest {
        /// Its name.
        name: String,
    },
    /// Pictures of other sizes than was asked for, which are cut around the centre and scaled.
    Resized {
        /// How many there are.
        count: usize,
        /// Pictures in all.
        of: usize,
        /// The height that was asked for.
        height: usize,
        /// The width that was asked for.
        width: usize,
    },
    /// Pictures of one colour, such as a drawing that is transparent where it should not be.
    Constant {
        /// How many there are.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
    /// JPEG files that end before the picture does.
    CutOff {
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
            Self::Duplicates { parts: [one, other], found: Duplicates { count, relabelled, first } } => write!(
                f,
                "{count} {other} images are also {one} images, {relabelled} of them under another label \
                 (the first: {other} image {} is {one} image {})",
                first.1, first.0
            ),
            Self::DuplicatesUnchecked => write!(f, "images are decoded on demand and were not compared for duplicates"),
            Self::Sampled { looked, of } => write!(
                f,
                "of {of} pictures, which are decoded on demand, {looked} were looked at for single colours and missing lower \
                 parts; `data verify` looks at all"
            ),
            Self::Nested { outer, inner } => {
                write!(f, "read is {}, because {} holds nothing but that folder", inner.shown(), outer.shown())
            }
            Self::PartsMissing { found, expected } => {
                write!(f, "{found} of the data set's {expected} training files are there")
            }
            Self::ClassesMissing { part, count: 1, first } => write!(f, "the class {first} has no {part} images"),
            Self::ClassesMissing { part, count, first } => {
                write!(f, "{count} classes have no {part} images (the first: {first})")
            }
            Self::FilesSkipped { count: 1, kinds, first } => {
                write!(f, "1 file is not a picture that is read: {kinds} ({})", first.shown())
            }
            Self::FilesSkipped { count, kinds, first } => {
                write!(f, "{count} files are not pictures that are read: {kinds} (the first: {})", first.shown())
            }
            Self::NotRegular { count, first } => write!(
                f,
                "not opened, because they are no regular files (pipes, devices, sockets, links that lead nowhere): \
                 {count} (the first: {})",
                first.shown()
            ),
            Self::NoClass { count, first } => write!(
                f,
                "pictures beside the class folders are in no class and are not used: {count} (the first: {})",
                first.shown()
            ),
            Self::Unused { names, used } => {
                write!(f, "not used are the folders {}; used are {}", names.join(", "), used.join(", "))
            }
            Self::ValidationIsTest { name } => write!(
                f,
                "there is no test folder, so the test images are those of {name}; what is held out for validation is \
                 taken from the training images"
            ),
            Self::Resized { count, of, height, width } => write!(
                f,
                "{count} of {of} pictures are not {height}x{width} (height x width); they are cut around the centre and \
                 scaled"
            ),
            Self::Constant { count, first } => {
                write!(f, "pictures of a single colour: {count} (the first: {})", first.shown())
            }
            Self::CutOff { count, first } => write!(
                f,
                "JPEG files that are cut off, so that their lower part is missing: {count} (the first: {}); \
                 `data verify` lists them",
                first.shown()
            ),
        }
    }
}

/// Images of `second` that are also in `first`, pixel for pixel; none where there are none.
pub fn duplicates(first: &Images, second: &Images) -> Option<Duplicates> {
    if first.shape() != second.shape() {
        return None;
    }
    twins(&digests(first), &digests(second))
}

/// The digest of an image and its label.
pub(super) type Labelled = ([u8; 16], u16);

/// Images of `second` whose digest is also in `first`; each digest has its image's label beside it.
pub(super) fn twins(first: &[Labelled], second: &[Labelled]) -> Option<Duplicates> {
    let mut places = HashMap::with_capacity(first.len());
    for (place, (digest, label)) in first.iter().enumerate() {
        places.entry(digest).or_insert((place, label));
    }
    let twin = |(place, (digest, label)): (usize, &Labelled)| {
        let (other, other_label) = places.get(digest)?;
        Some(((*other, place), *other_label != label))
    };
    let pairs: Vec<_> = second.iter().enumerate().filter_map(twin).collect();
    let relabelled = pairs.iter().filter(|(_, relabelled)| *relabelled).count();
    pairs.first().map(|(pair, _)| Duplicates { count: pairs.len(), relabelled, first: *pair })
}

fn digests(images: &Images) -> Vec<Labelled> {
    let all = images.pixels().par_chunks_exact(images.shape().len());
    all.zip(images.labels()).map(|(image, label)| (Md5::digest(image).into(), *label)).collect()
}
