//! What can be wrong with a data set on disk, and with what a loader is asked for.

use super::images::ImageShape;
use super::warning::Part;
use crate::formats::{Kind, Purpose};
use crate::shown::Show;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a data set could not be read. Every message names the file and says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.shown())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of no known kind where a folder belongs.
    #[error("{} is a file and no data set; give the folder that holds the images; {}", path.shown(), super::dataset::LAYOUTS)]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// The folder has none of the known layouts.
    #[error("{} has no layout that is known: pictures need a folder for each class; {}", path.shown(), super::dataset::LAYOUTS)]
    UnknownLayout {
        /// The folder.
        path: PathBuf,
    },
    /// What was given is of another program, or not in a form that is read.
    #[error("{} is {}; {}", path.shown(), kind.name(), kind.remedy(Purpose::Data))]
    Foreign {
        /// The file that was given, or one in the folder that was.
        path: PathBuf,
        /// What it is.
        kind: Kind,
    },
    /// A binary file ends within a record.
    #[error(
        "{}: {bytes} bytes are {records} records of {record_bytes} bytes and a part of one; \
         the file seems cut off, fetch it again", path.shown()
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
    #[error("{} holds no images; fetch the data set again", path.shown())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// A record's label is not one of the data set's.
    #[error(
        "record {record} of {}: label {label} is over {most}; the file seems damaged, fetch it again",
        path.shown()
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
    #[error("{}: {what}; fetch the data set again, or its binary version (`graphpnas data fetch`)", path.shown())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A line of a text file that belongs to the data set is wrong.
    #[error("{}, line {line}: {what}", path.shown())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there, and what to do.
        what: String,
    },
    /// A file of class names does not have one name a class.
    #[error("{} has {found} class names where {expected} belong; fetch it again or remove it", path.shown())]
    Names {
        /// The file.
        path: PathBuf,
        /// Names in it.
        found: usize,
        /// Classes there are.
        expected: usize,
    },
    /// A class folder without a single image.
    #[error(
        "the class folder {} has no picture that is read (.jpg, .png, .webp, .bmp, .gif or .tiff); it holds {holds}; \
         fill it or remove it", path.shown()
    )]
    EmptyClass {
        /// The folder.
        path: PathBuf,
        /// What is in it, by ending.
        holds: String,
    },
    /// A class folder of another part that the training part lacks.
    #[error(
        "{} is a class that the training part does not have{}; {} or remove the folder", path.shown(),
        like.as_ref().map_or_else(String::new, |like| format!(" (it has '{like}')")),
        if like.is_some() { "rename one of them" } else { "add it there" }
    )]
    ExtraClass {
        /// The folder.
        path: PathBuf,
        /// A class of the training part whose name differs only by case or spaces.
        like: Option<String>,
    },
    /// Two folders that mean the same part.
    #[error(
        "the folders {} and {} both hold {part} images by their names; put them together or move one elsewhere",
        first.shown(), second.shown()
    )]
    SamePart {
        /// The first folder.
        first: PathBuf,
        /// The second folder.
        second: PathBuf,
        /// The part.
        part: Part,
    },
    /// A folder named like a part of a data set with pictures of no class.
    #[error(
        "{} holds pictures but no class folders; put each picture into a folder that is named after its class",
        path.shown()
    )]
    NoClasses {
        /// The folder.
        path: PathBuf,
    },
    /// A pipe, a device or a socket where a file belongs.
    #[error("{} is not a regular file; replace or remove it", path.shown())]
    NotRegular {
        /// What is there.
        path: PathBuf,
    },
    /// A picture that would take too much memory.
    #[error(
        "{} is {height}x{width} pixels (height x width) and would take over {} MB when decoded; make it smaller or \
         remove it", path.shown(), most >> 20
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its height.
        height: usize,
        /// Its width.
        width: usize,
        /// Bytes that a decoded picture may take.
        most: u64,
    },
    /// A JPEG file that ends before the picture does.
    #[error("{} is cut off: it ends before the picture does; replace or remove it", path.shown())]
    CutOff {
        /// The file.
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
    #[error("{} has {found} class folders; at most 65536 are possible", path.shown())]
    TooManyClasses {
        /// The folder that holds the class folders.
        path: PathBuf,
        /// The number of class folders.
        found: usize,
    },
    /// An image file that is no image, or a damaged one.
    #[error("{} cannot be decoded ({what}); replace or remove it", path.shown())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        what: String,
    },
    /// Images of several sizes where no size to bring them to was given.
    #[error(
        "{} is {found_height}x{found_width} pixels (height x width) where others are {height}x{width}; \
         bring all to one size with --resize N or --resize HEIGHTxWIDTH, such as --resize {height}x{width}",
        path.shown()
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

impl DataError {
    /// The file or folder it is about; none where it is about several or none.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Read { path, .. }
            | Self::Foreign { path, .. }
            | Self::Pickle { path, .. }
            | Self::NoFolder { path }
            | Self::UnknownLayout { path }
            | Self::Truncated { path, .. }
            | Self::Empty { path }
            | Self::Label { path, .. }
            | Self::Line { path, .. }
            | Self::Names { path, .. }
            | Self::EmptyClass { path, .. }
            | Self::ExtraClass { path, .. }
            | Self::NoClasses { path }
            | Self::NotRegular { path }
            | Self::TooLarge { path, .. }
            | Self::CutOff { path }
            | Self::TooManyClasses { path, .. }
            | Self::Decode { path, .. }
            | Self::MixedSizes { path, .. } => Some(path),
            Self::SamePart { second, .. } => Some(second),
            Self::Classes { .. } | Self::Invalid(_) => None,
        }
    }
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
