//! What can be wrong with a data set on disk, and with what a loader is asked for.

use super::images::ImageShape;
use crate::formats::{Kind, Purpose};
use std::path::PathBuf;
use thiserror::Error;

/// Why a data set could not be read. Every message names the file and says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder has none of the known layouts.
    #[error("{} has no layout that is known; {}", path.display(), super::dataset::LAYOUTS)]
    UnknownLayout {
        /// The folder.
        path: PathBuf,
    },
    /// What was given is of another program, or not in a form that is read.
    #[error("{} is {}; {}", path.display(), kind.name(), kind.remedy(Purpose::Data))]
    Foreign {
        /// The file that was given, or one in the folder that was.
        path: PathBuf,
        /// What it is.
        kind: Kind,
    },
    /// A binary file ends within a record.
    #[error(
        "{}: {bytes} bytes are {records} records of {record_bytes} bytes and a part of one; \
         the file seems cut off, fetch it again", path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        bytes: u64,
        /// Complete records in it.
        records: u64,
        /// Bytes a record has.
        record_bytes: u64,
    },
    /// A file or a part of the data set has no images.
    #[error("{} holds no images; fetch the data set again", path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// A record's label is not one of the data set's.
    #[error(
        "record {record} of {}: label {label} is over {most}; the file seems damaged, fetch it again",
        path.display()
    )]
    Label {
        /// The file.
        path: PathBuf,
        /// The record, counted from 1.
        record: usize,
        /// The label there.
        label: usize,
        /// The largest label there may be.
        most: usize,
    },
    /// A pickle of CIFAR that cannot be read, or is not what is published.
    #[error("{}: {what}; fetch the data set again, or its binary version (`graphpnas data fetch`)", path.display())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A line of a text file that belongs to the data set is wrong.
    #[error("{}, line {line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there, and what to do.
        what: String,
    },
    /// A file of class names does not have one name a class.
    #[error("{} has {found} class names where {expected} belong; fetch it again or remove it", path.display())]
    Names {
        /// The file.
        path: PathBuf,
        /// Names in it.
        found: usize,
        /// Classes there are.
        expected: usize,
    },
    /// A class folder without a single image.
    #[error("the class folder {} has no .jpg, .jpeg or .png file; fill it or remove it", path.display())]
    EmptyClass {
        /// The folder.
        path: PathBuf,
    },
    /// A class folder of the held-out part that the training part lacks.
    #[error("{} is a class that the training part does not have; add it there or remove the folder", path.display())]
    ExtraClass {
        /// The folder.
        path: PathBuf,
    },
    /// Images of classes that a network was not trained on.
    #[error(
        "the data have {} that the network was not trained on: {}; the network knows {}, the data have {}; rename the class \
         folders, or name the data that it was trained on",
        if unknown.len() == 1 { "a class".to_owned() } else { format!("{} classes", unknown.len()) },
        super::matching::list(unknown), super::matching::list(known), super::matching::list(found)
    )]
    Classes {
        /// The classes that the network does not know.
        unknown: Vec<String>,
        /// The classes of the network.
        known: Vec<String>,
        /// The classes of the data.
        found: Vec<String>,
    },
    /// More classes than a label can count.
    #[error("{} has {found} class folders; at most 65536 are possible", path.display())]
    TooManyClasses {
        /// The folder that holds the class folders.
        path: PathBuf,
        /// The number of class folders.
        found: usize,
    },
    /// An image file that is no image, or a damaged one.
    #[error("{} cannot be decoded ({what}); replace or remove it", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        what: String,
    },
    /// Images of several sizes where no size to bring them to was given.
    #[error(
        "{} is {found_height}x{found_width} where others are {height}x{width}; give a size to resize all to",
        path.display()
    )]
    MixedSizes {
        /// The file that differs.
        path: PathBuf,
        /// Its height.
        found_height: usize,
        /// Its width.
        found_width: usize,
        /// The others' height.
        height: usize,
        /// The others' width.
        width: usize,
    },
    /// Arrays that do not make up a set of images.
    #[error("{0}")]
    Invalid(String),
}

/// Why a loader cannot deliver.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoaderError {
    /// An image could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A batch larger than the data set.
    #[error("a batch of {batch} is larger than the data set of {images} images; take a smaller batch")]
    BatchTooLarge {
        /// Images asked for in a batch.
        batch: usize,
        /// Images there are.
        images: usize,
    },
    /// A batch of no images.
    #[error("a batch needs at least one image")]
    EmptyBatch,
    /// An image that is not in the data set was selected.
    #[error("image {index} was selected, but the data set has {images}")]
    Index {
        /// The image asked for.
        index: usize,
        /// Images there are.
        images: usize,
    },
    /// A batch of the epoch that does not exist.
    #[error("batch {batch} was asked for, but an epoch has {batches}")]
    NoSuchBatch {
        /// The batch asked for, from 0.
        batch: usize,
        /// Batches an epoch has.
        batches: usize,
    },
    /// Reflection cannot pad by the image's size or more.
    #[error("a padding of {pad} by reflection needs images larger than {pad}; these are {shape}")]
    PadTooLarge {
        /// The padding asked for.
        pad: usize,
        /// The images' shape.
        shape: ImageShape,
    },
    /// Statistics of another number of channels, or ones that cannot divide.
    #[error("the normalisation does not fit: {what}")]
    Normal {
        /// What is wrong.
        what: String,
    },
    /// A thread could not be started.
    #[error("cannot start a loader thread: {0}")]
    Thread(String),
    /// The prefetching thread ended before its epoch did.
    #[error("the loader's thread ended early; this is a fault of the program, please report it")]
    Lost,
}
