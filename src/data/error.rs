//! Errors of reading data sets and of loading batches.

use super::part::Part;
use super::shape::ImageShape;
use crate::formats::{FileFormat, Purpose};
use crate::shown::Show;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a data set could not be read. Every message names the file and the remedy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.shown())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A file of unknown format where a folder is expected.
    #[error(
        "{} is a file, not a data set folder; give the folder that holds the images; {}",
        path.shown(), super::message::LAYOUTS
    )]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The folder has none of the supported layouts.
    #[error("{} has no supported layout: images need one folder per class; {}", path.shown(), super::message::LAYOUTS)]
    UnknownLayout {
        /// The folder.
        path: PathBuf,
    },
    /// A file of an unsupported format.
    #[error("{} is {}; {}", path.shown(), kind.name(), kind.remedy(Purpose::Data))]
    UnsupportedFormat {
        /// The given file, or a file in the given folder.
        path: PathBuf,
        /// The detected format.
        kind: FileFormat,
    },
    /// The length of a binary file is not a multiple of the record size.
    #[error(
        "{}: {bytes} bytes are {records} records of {record_bytes} bytes and an incomplete one; \
         the file seems cut off, fetch it again", path.shown()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The file's length in bytes.
        bytes: u64,
        /// Number of complete records.
        records: u64,
        /// Bytes of a record.
        record_bytes: u64,
    },
    /// A file or a part of the data set has no images.
    #[error("{} contains no images; fetch the data set again", path.shown())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// The label of a record is out of range.
    #[error(
        "record {record} of {}: label {label} is not in 0 to {most}; the file seems damaged, fetch it again",
        path.shown()
    )]
    Label {
        /// The file.
        path: PathBuf,
        /// Number of the record, counted from 1.
        record: usize,
        /// The label.
        label: usize,
        /// The largest valid label.
        most: usize,
    },
    /// A CIFAR pickle that cannot be read, or whose content differs from the published format.
    #[error("{}: {what}; fetch the data set again, or its binary version (`graphpnas data fetch`)", path.shown())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// The problem.
        what: String,
    },
    /// A NumPy array or a file of class names of a data set of signals that cannot be used.
    #[error("{} {what}", path.shown())]
    Array {
        /// The file.
        path: PathBuf,
        /// The problem and the remedy, worded to follow the name of the file.
        what: String,
    },
    /// Signals of another length than asked for.
    #[error(
        "signals of {channels}x{height}x{width} cannot be resized to {to_height}x{to_width} (height x width); omit --resize and \
         oracle.resize, or give signals of that length"
    )]
    SignalSize {
        /// Channels of the signals.
        channels: usize,
        /// Height of the signals, 1.
        height: usize,
        /// Length of the signals.
        width: usize,
        /// The height asked for.
        to_height: usize,
        /// The length asked for.
        to_width: usize,
    },
    /// An invalid line in a text file of the data set.
    #[error("{}, line {line}: {what}", path.shown())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The problem and the remedy.
        what: String,
    },
    /// A file of class names does not have exactly one name for each class.
    #[error("{} has {found} class names, but {expected} are expected; fetch it again or remove it", path.shown())]
    Names {
        /// The file.
        path: PathBuf,
        /// Number of names in the file.
        found: usize,
        /// Number of classes.
        expected: usize,
    },
    /// A class folder without images.
    #[error(
        "the class folder {} has no image in a supported format (.jpg, .png, .webp, .bmp, .gif or .tiff); it contains \
         {holds}; add images or remove the folder", path.shown()
    )]
    EmptyClass {
        /// The folder.
        path: PathBuf,
        /// The content of the folder, counted by file extension.
        holds: String,
    },
    /// A validation or test class that the training part does not have.
    #[error(
        "the class folder {} is not in the training part{}; {} or remove the folder", path.shown(),
        like.as_ref().map_or_else(String::new, |like| format!(" (it has '{like}')")),
        if like.is_some() { "rename one of them" } else { "add it there" }
    )]
    ExtraClass {
        /// The folder.
        path: PathBuf,
        /// A training class whose name differs only by case, spaces, `-` or `_`.
        like: Option<String>,
    },
    /// Two folders whose names stand for the same part.
    #[error(
        "the names of the folders {} and {} both stand for the {part} part; merge the folders or move one elsewhere",
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
    /// The training folder has images but no class folders.
    #[error(
        "{} contains images but no class folders; put each image into a folder that is named after its class",
        path.shown()
    )]
    NoClasses {
        /// The folder.
        path: PathBuf,
    },
    /// A pipe, a device or a socket where a file is expected.
    #[error("{} is not a regular file; replace or remove it", path.shown())]
    NotRegular {
        /// Its path.
        path: PathBuf,
    },
    /// A decoded image would exceed the memory limit.
    #[error(
        "{} has {height}x{width} pixels (height x width) and would need more than {} MB when decoded; make it smaller \
         or remove it", path.shown(), most >> 20
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its height in pixels.
        height: usize,
        /// Its width in pixels.
        width: usize,
        /// Limit on the bytes of a decoded image.
        most: u64,
    },
    /// A JPEG file without an end marker.
    #[error("{} is cut off: the file ends before the image data does; replace or remove it", path.shown())]
    CutOff {
        /// The file.
        path: PathBuf,
    },
    /// The data set has classes that the network was not trained on.
    #[error(
        "the data set has {} that the network was not trained on: {}; classes of the network: {}; classes of the data \
         set: {}; rename the class folders, or give the data set that the network was trained on",
        if unknown.len() == 1 { "a class".to_owned() } else { format!("{} classes", unknown.len()) },
        super::message::list(unknown), super::message::list(known), super::message::list(found)
    )]
    Classes {
        /// Classes that the network was not trained on.
        unknown: Vec<String>,
        /// Classes of the network.
        known: Vec<String>,
        /// Classes of the data set.
        found: Vec<String>,
    },
    /// More classes than a 16-bit label can represent.
    #[error("{} has {found} classes; at most 65536 are supported", path.shown())]
    TooManyClasses {
        /// The folder with the class folders, or the list of classes.
        path: PathBuf,
        /// The number of classes.
        found: usize,
    },
    /// A file that is not an image, or a damaged image.
    #[error("{} cannot be decoded ({what}); replace or remove it", path.shown())]
    Decode {
        /// The file.
        path: PathBuf,
        /// The decoder's message.
        what: String,
    },
    /// Images of different sizes, and no size to resize them to.
    #[error(
        "{} has {found_height}x{found_width} pixels (height x width), but other images have {height}x{width}; \
         resize all images with --resize N or --resize HEIGHTxWIDTH, such as --resize {height}x{width}",
        path.shown()
    )]
    MixedSizes {
        /// The file that differs.
        path: PathBuf,
        /// Its height in pixels.
        found_height: usize,
        /// Its width in pixels.
        found_width: usize,
        /// Height of the other images in pixels.
        height: usize,
        /// Width of the other images in pixels.
        width: usize,
    },
    /// Arguments that do not describe a valid set of images.
    #[error("{0}")]
    Invalid(String),
}

impl DataError {
    /// Returns the file or folder that the error is about; `None` if there is no single one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Read { path, .. }
            | Self::UnsupportedFormat { path, .. }
            | Self::Pickle { path, .. }
            | Self::NotAFolder { path }
            | Self::UnknownLayout { path }
            | Self::Truncated { path, .. }
            | Self::Empty { path }
            | Self::Label { path, .. }
            | Self::Line { path, .. }
            | Self::Array { path, .. }
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
            Self::Classes { .. } | Self::SignalSize { .. } | Self::Invalid(_) => None,
        }
    }
}

/// Why a loader cannot deliver a batch.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoaderError {
    /// An image could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The batch size exceeds the number of images.
    #[error("the batch size {batch} is larger than the data set of {images} images; use a smaller batch")]
    BatchTooLarge {
        /// The batch size.
        batch: usize,
        /// Number of images.
        images: usize,
    },
    /// The batch size is 0.
    #[error("the batch size must be at least 1")]
    EmptyBatch,
    /// The index of a selected image is out of range.
    #[error("image index {index} is out of range: the data set has {images} images, counted from 0")]
    Index {
        /// The index.
        index: usize,
        /// Number of images.
        images: usize,
    },
    /// The index of a batch is out of range.
    #[error("batch index {batch} is out of range: an epoch has {batches} batches, counted from 0")]
    NoSuchBatch {
        /// The index, from 0.
        batch: usize,
        /// Batches of an epoch.
        batches: usize,
    },
    /// The padding is too large: reflection needs less than the image size; all paddings are limited to 65536 pixels.
    #[error("a padding of {pad} pixels is too large for images of {shape}; reduce it below the image size")]
    PadTooLarge {
        /// The padding in pixels.
        pad: usize,
        /// The shape of the images.
        shape: ImageShape,
    },
    /// Normalisation statistics with the wrong number of channels, or with values that are not finite or not positive.
    #[error("the normalisation statistics are invalid: {what}")]
    Normal {
        /// The problem.
        what: String,
    },
    /// A thread could not be started.
    #[error("cannot start a loader thread: {0}")]
    Thread(String),
    /// The prefetching thread ended before the end of the epoch.
    #[error("the loader thread ended early; this is a bug in the program, please report it")]
    Lost,
}
