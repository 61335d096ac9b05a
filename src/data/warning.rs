//! Warnings about a data set that can still be used.

use super::part::Part;
use crate::shown::Show;
use std::fmt;
use std::path::PathBuf;

/// A problem found while reading a data set that does not prevent its use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Images of one part have exact pixel copies in another part.
    Duplicates {
        /// The parts: the first and the second set of `found`.
        parts: [Part; 2],
        /// The duplicates.
        found: Duplicates,
    },
    /// The images are decoded on demand, so they were not compared.
    DuplicatesUnchecked,
    /// The images are decoded on demand, so only a sample was checked for problems of single images.
    Sampled {
        /// Number of images checked, evenly spread over all.
        checked: usize,
        /// Number of all images.
        total: usize,
    },
    /// The data set was read from the only subfolder of the given folder, as unpacking an archive into a folder of its
    /// own leaves it.
    Nested {
        /// The given folder.
        outer: PathBuf,
        /// The subfolder that was read.
        inner: PathBuf,
    },
    /// Some files of the data set are missing.
    PartsMissing {
        /// Number of files found.
        found: usize,
        /// Number of files of the complete data set.
        expected: usize,
    },
    /// Training classes that have no folder in another part.
    ClassesMissing {
        /// The part that lacks them.
        part: Part,
        /// Number of such classes.
        count: usize,
        /// Name of the first one.
        first: String,
    },
    /// Entries of class folders that are not images in a supported format.
    FilesSkipped {
        /// Number of such files and folders.
        count: usize,
        /// Number of each file extension, such as `7 .txt, 3 .heic`.
        kinds: String,
        /// The first one.
        first: PathBuf,
    },
    /// Pipes, devices, sockets and broken links, which were not opened.
    NotRegular {
        /// Number of such entries.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
    /// Images outside the class folders.
    NoClass {
        /// Number of such images.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
    /// Folders of the data set that are not used.
    Unused {
        /// Their names.
        names: Vec<String>,
        /// The names of the folders that are used.
        used: Vec<String>,
    },
    /// The validation part is used as the test part because there is no other.
    ValidationIsTest {
        /// Name of the validation folder or array.
        name: String,
    },
    /// Images of other sizes than the requested one, which are cropped around the centre and scaled.
    Resized {
        /// Number of such images.
        count: usize,
        /// Number of all images.
        total: usize,
        /// The requested height in pixels.
        height: usize,
        /// The requested width in pixels.
        width: usize,
    },
    /// Images whose pixels all have the same colour, for example because transparency was not stored as intended.
    Constant {
        /// Number of such images.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
    /// JPEG files without an end marker.
    CutOff {
        /// Number of such files.
        count: usize,
        /// The first one.
        first: PathBuf,
    },
}

/// Duplicate images of two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicates {
    /// Images of the second set whose pixels are also in the first.
    pub count: usize,
    /// How many of these have a different label in the first set.
    pub relabelled: usize,
    /// The first such pair: index in the first set, index in the second.
    pub first: (usize, usize),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicates { parts: [one, other], found: Duplicates { count, relabelled, first } } => write!(
                f,
                "{count} {other} images are also {one} images, {relabelled} of them with a different label \
                 (the first: {other} image {} is {one} image {})",
                first.1, first.0
            ),
            Self::DuplicatesUnchecked => write!(f, "images are decoded on demand and were not checked for duplicates"),
            Self::Sampled { checked, total } => write!(
                f,
                "only {checked} of {total} images were checked for single colours and cut-off files, because the \
                 images are decoded on demand; `data verify` checks all"
            ),
            Self::Nested { outer, inner } => {
                write!(f, "the data set is read from {}, the only entry of {}", inner.shown(), outer.shown())
            }
            Self::PartsMissing { found, expected } => {
                write!(f, "only {found} of the data set's {expected} training files were found")
            }
            Self::ClassesMissing { part, count: 1, first } => write!(f, "the class '{first}' has no {part} images"),
            Self::ClassesMissing { part, count, first } => {
                write!(f, "{count} classes have no {part} images (the first: '{first}')")
            }
            Self::FilesSkipped { count: 1, kinds, first } => {
                write!(f, "1 entry is not an image in a supported format: {kinds} ({})", first.shown())
            }
            Self::FilesSkipped { count, kinds, first } => {
                write!(
                    f,
                    "{count} entries are not images in a supported format: {kinds} (the first: {})",
                    first.shown()
                )
            }
            Self::NotRegular { count, first } => write!(
                f,
                "entries that are not regular files (pipes, devices, sockets, broken links) were skipped: {count} \
                 (the first: {})",
                first.shown()
            ),
            Self::NoClass { count, first } => write!(
                f,
                "images outside the class folders have no class and are not used: {count} (the first: {})",
                first.shown()
            ),
            Self::Unused { names, used } => {
                write!(f, "unused folders: {}; used folders: {}", names.join(", "), used.join(", "))
            }
            Self::ValidationIsTest { name } => write!(
                f,
                "there is no test part, so {name} is used as the test part; validation images are held out from the \
                 training images"
            ),
            Self::Resized { count, total, height, width } => write!(
                f,
                "{count} of {total} images are not {height}x{width} (height x width); they are cropped around the \
                 centre and scaled"
            ),
            Self::Constant { count, first } => {
                write!(f, "images of a single colour: {count} (the first: {})", first.shown())
            }
            Self::CutOff { count, first } => write!(
                f,
                "cut-off JPEG files, whose lower part is missing: {count} (the first: {}); `data verify` lists them",
                first.shown()
            ),
        }
    }
}
