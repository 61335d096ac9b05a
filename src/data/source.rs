//! Where images come from when a batch asks for them: memory, or files that are decoded on demand.

use super::decode::{Decoding, Size, decode_into};
use super::error::DataError;
use super::fingerprint::Mark;
use super::images::{ImageShape, Images};
use std::path::PathBuf;
use std::sync::Arc;

/// Image files that are decoded each time they are asked for.
#[derive(Debug, Clone)]
pub struct Files {
    pub(super) paths: Vec<PathBuf>,
    pub(super) labels: Vec<u16>,
    pub(super) classes: Arc<[String]>,
    pub(super) decoding: Decoding,
    pub(super) marks: Arc<[Mark]>,
}

impl Files {
    /// The same decoded to another height and width.
    pub(super) fn resized(&self, height: usize, width: usize) -> Self {
        Self { decoding: Decoding { size: Size::Resize { height, width }, ..self.decoding }, ..self.clone() }
    }
}

/// One part of a data set, held in memory or decoded on demand; a loader does not see the difference.
#[derive(Debug, Clone)]
pub enum Source {
    /// Decoded images.
    Memory(Images),
    /// Files to decode.
    Files(Files),
}

impl Source {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels().len()
    }

    /// True where there is no image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of each image, as [`Source::read`] gives it.
    pub fn shape(&self) -> ImageShape {
        match self {
            Self::Memory(images) => images.shape(),
            Self::Files(files) => files.decoding.size.shape(),
        }
    }

    /// One label an image.
    pub fn labels(&self) -> &[u16] {
        match self {
            Self::Memory(images) => images.labels(),
            Self::Files(files) => &files.labels,
        }
    }

    /// The names of the classes; a label is a place in it.
    pub fn classes(&self) -> &Arc<[String]> {
        match self {
            Self::Memory(images) => images.classes(),
            Self::Files(files) => &files.classes,
        }
    }

    /// Bytes of memory that the part takes now.
    pub fn memory(&self) -> u64 {
        match self {
            Self::Memory(images) => images.memory(),
            Self::Files(files) => {
                files.paths.iter().map(|path| (path.as_os_str().len() + size_of::<PathBuf>() + 2) as u64).sum()
            }
        }
    }

    /// The images, where they are in memory.
    pub fn images(&self) -> Option<&Images> {
        match self {
            Self::Memory(images) => Some(images),
            Self::Files(_) => None,
        }
    }

    /// A mark of the file of each image, where they come from files.
    pub(super) fn marks(&self) -> Option<&[Mark]> {
        match self {
            Self::Memory(images) => images.marks(),
            Self::Files(files) => Some(&files.marks),
        }
    }

    /// The images at `order`, with other labels (as they are now, place by place) and other classes.
    pub(super) fn rearranged(&self, order: &[usize], labels: &[u16], classes: &Arc<[String]>) -> Self {
        match self {
            Self::Memory(images) => Self::Memory(images.rearranged(order, labels, classes)),
            Self::Files(files) => Self::Files(Files {
                paths: order.iter().filter_map(|place| files.paths.get(*place).cloned()).collect(),
                labels: order.iter().filter_map(|place| labels.get(*place).copied()).collect(),
                classes: Arc::clone(classes),
                decoding: files.decoding,
                marks: order.iter().filter_map(|place| files.marks.get(*place).copied()).collect(),
            }),
        }
    }

    /// Calls `use_pixels` with the pixels of image `index`, `[channels, height, width]`; `scratch` is room for a
    /// decoded file and may be kept from one call to the next.
    ///
    /// # Errors
    /// An image that does not exist, or a file that cannot be read or decoded.
    pub fn read<T>(
        &self,
        index: usize,
        scratch: &mut Vec<u8>,
        use_pixels: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, DataError> {
        let missing = || DataError::Invalid(format!("image {index} of {} was asked for", self.len()));
        match self {
            Self::Memory(images) => Ok(use_pixels(images.image(index).ok_or_else(missing)?)),
            Self::Files(files) => {
                let path = files.paths.get(index).ok_or_else(missing)?;
                scratch.resize(files.decoding.size.shape().len(), 0);
                decode_into(path, files.decoding, scratch)?;
                Ok(use_pixels(scratch))
            }
        }
    }
}
