//! Sources of images and signals: memory, or files that are decoded on demand.

use super::decode::{Decoding, Size, decode_into};
use super::digest::FileDigest;
use super::duplicates::{Labelled, digests};
use super::error::DataError;
use super::images::Images;
use super::shape::ImageShape;
use super::signals::Signals;
use std::path::PathBuf;
use std::sync::Arc;

/// Image files that are decoded at each access.
#[derive(Debug, Clone)]
pub struct Files {
    pub(super) paths: Vec<PathBuf>,
    pub(super) labels: Vec<u16>,
    pub(super) classes: Arc<[String]>,
    pub(super) decoding: Decoding,
    pub(super) file_digests: Arc<[FileDigest]>,
}

impl Files {
    /// Returns the same files, decoded to another height and width.
    pub(super) fn resized(&self, height: usize, width: usize) -> Self {
        Self { decoding: Decoding { size: Size::Resize { height, width }, ..self.decoding }, ..self.clone() }
    }
}

/// One part of a data set, in memory or decoded on demand.
#[derive(Debug, Clone)]
pub enum Source {
    /// Decoded images.
    Memory(Images),
    /// Files to decode.
    Files(Files),
    /// Signals.
    Signals(Signals),
}

/// The stored values of one image or signal, `[channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// The bytes of an image.
    Bytes(&'a [u8]),
    /// The values of a signal.
    Floats(&'a [f32]),
}

impl Source {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels().len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of each image that [`Source::read`] returns.
    pub fn shape(&self) -> ImageShape {
        match self {
            Self::Memory(images) => images.shape(),
            Self::Files(files) => files.decoding.size.shape(),
            Self::Signals(signals) => signals.shape(),
        }
    }

    /// The label of each image.
    pub fn labels(&self) -> &[u16] {
        match self {
            Self::Memory(images) => images.labels(),
            Self::Files(files) => &files.labels,
            Self::Signals(signals) => signals.labels(),
        }
    }

    /// The class names, indexed by label.
    pub fn classes(&self) -> &Arc<[String]> {
        match self {
            Self::Memory(images) => images.classes(),
            Self::Files(files) => &files.classes,
            Self::Signals(signals) => signals.classes(),
        }
    }

    /// Memory of the part in bytes.
    pub fn memory(&self) -> u64 {
        match self {
            Self::Memory(images) => images.memory(),
            Self::Files(files) => {
                files.paths.iter().map(|path| (path.as_os_str().len() + size_of::<PathBuf>() + 2) as u64).sum()
            }
            Self::Signals(signals) => signals.memory(),
        }
    }

    /// The images if they are in memory.
    pub fn images(&self) -> Option<&Images> {
        match self {
            Self::Memory(images) => Some(images),
            Self::Files(_) | Self::Signals(_) => None,
        }
    }

    /// Whether nothing needs to be decoded.
    pub(super) fn is_in_memory(&self) -> bool {
        !matches!(self, Self::Files(_))
    }

    /// The digest and the label of each image or signal in memory.
    pub(super) fn digests(&self) -> Option<Vec<Labelled>> {
        match self {
            Self::Memory(images) => Some(digests(images)),
            Self::Files(_) => None,
            Self::Signals(signals) => Some(signals.digests()),
        }
    }

    /// The digest of the file of each image, if the images come from files.
    pub(super) fn file_digests(&self) -> Option<&[FileDigest]> {
        match self {
            Self::Memory(images) => images.file_digests(),
            Self::Files(files) => Some(&files.file_digests),
            Self::Signals(_) => None,
        }
    }

    /// Returns the images at `order`, with new labels (indexed as the current images) and new class names.
    pub(super) fn rearranged(&self, order: &[usize], labels: &[u16], classes: &Arc<[String]>) -> Self {
        match self {
            Self::Memory(images) => Self::Memory(images.rearranged(order, labels, classes)),
            Self::Files(files) => Self::Files(Files {
                paths: order.iter().filter_map(|index| files.paths.get(*index).cloned()).collect(),
                labels: order.iter().filter_map(|index| labels.get(*index).copied()).collect(),
                classes: Arc::clone(classes),
                decoding: files.decoding,
                file_digests: order.iter().filter_map(|index| files.file_digests.get(*index).copied()).collect(),
            }),
            Self::Signals(signals) => Self::Signals(signals.rearranged(order, labels, classes)),
        }
    }

    /// Calls `use_values` with the values of image or signal `index`, `[channels, height, width]`. `scratch` is a buffer
    /// for the decoded file that can be reused for further calls.
    ///
    /// # Errors
    /// An index that is out of range, or a file that cannot be read or decoded.
    pub fn read<T>(
        &self,
        index: usize,
        scratch: &mut Vec<u8>,
        use_values: impl FnOnce(Values<'_>) -> T,
    ) -> Result<T, DataError> {
        let missing =
            || DataError::Invalid(format!("image or signal {index} is out of range: there are {}", self.len()));
        match self {
            Self::Memory(images) => Ok(use_values(Values::Bytes(images.image(index).ok_or_else(missing)?))),
            Self::Files(files) => {
                let path = files.paths.get(index).ok_or_else(missing)?;
                scratch.resize(files.decoding.size.shape().len(), 0);
                decode_into(path, files.decoding, scratch)?;
                Ok(use_values(Values::Bytes(scratch)))
            }
            Self::Signals(signals) => Ok(use_values(Values::Floats(signals.signal(index).ok_or_else(missing)?))),
        }
    }
}
