//! Images in memory: pixel bytes and labels.

use super::decode::scale_plane;
use super::digest::FileDigest;
use super::error::DataError;
use super::shape::ImageShape;
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Images in memory: pixel bytes `[images, channels, height, width]`, labels and class names.
#[derive(Clone)]
pub struct Images {
    pixels: Vec<u8>,
    labels: Vec<u16>,
    classes: Arc<[String]>,
    shape: ImageShape,
    /// Digests of the files that the images were decoded from, if any; they do not depend on the decoder.
    file_digests: Option<Arc<[FileDigest]>>,
}

impl Images {
    /// Creates images of `shape` from `pixels` `[images, channels, height, width]` and one label per image.
    ///
    /// # Errors
    /// [`DataError::Invalid`] if the lengths do not match or a label is out of range.
    pub fn new(
        pixels: Vec<u8>,
        labels: Vec<u16>,
        classes: Arc<[String]>,
        shape: ImageShape,
    ) -> Result<Self, DataError> {
        if shape.is_empty() || Some(pixels.len()) != shape.len().checked_mul(labels.len()) {
            let text = format!("{} bytes are not {} images of {shape}", pixels.len(), labels.len());
            return Err(DataError::Invalid(text));
        }
        if let Some(index) = labels.iter().position(|label| usize::from(*label) >= classes.len()) {
            let (label, classes) = (labels[index], classes.len());
            return Err(DataError::Invalid(format!(
                "image {index} has label {label}, but there are only {classes} classes"
            )));
        }
        Ok(Self { pixels, labels, classes, shape, file_digests: None })
    }

    /// As [`Images::new`], for arguments that are valid by construction.
    pub(super) fn of_parts(pixels: Vec<u8>, labels: Vec<u16>, classes: Arc<[String]>, shape: ImageShape) -> Self {
        debug_assert_eq!(pixels.len(), labels.len() * shape.len());
        Self { pixels, labels, classes, shape, file_digests: None }
    }

    /// Sets the digests of the files that the images were decoded from.
    pub(super) fn with_file_digests(self, file_digests: Arc<[FileDigest]>) -> Self {
        Self { file_digests: Some(file_digests), ..self }
    }

    /// The digests of the files that the images were decoded from.
    pub(super) fn file_digests(&self) -> Option<&[FileDigest]> {
        self.file_digests.as_deref()
    }

    /// Returns the images at `order`, with new labels (indexed as the current images) and new class names.
    pub(super) fn rearranged(&self, order: &[usize], labels: &[u16], classes: &Arc<[String]>) -> Self {
        let size = self.shape.len();
        let mut pixels = Vec::with_capacity(self.pixels.len());
        order.iter().filter_map(|index| self.pixels.chunks_exact(size).nth(*index)).for_each(|one| pixels.extend(one));
        Self {
            pixels,
            labels: order.iter().filter_map(|index| labels.get(*index).copied()).collect(),
            classes: Arc::clone(classes),
            shape: self.shape,
            file_digests: self
                .file_digests
                .as_ref()
                .map(|file_digests| order.iter().filter_map(|index| file_digests.get(*index).copied()).collect()),
        }
    }

    /// Returns the images cropped around the centre to the aspect ratio of `height` and `width`, and scaled.
    pub(super) fn resized(&self, height: usize, width: usize) -> Self {
        let (from, to) = (self.shape, ImageShape { height, width, ..self.shape });
        if from == to {
            return self.clone();
        }
        let planes = self.pixels.par_chunks_exact(from.plane().max(1));
        let pixels = planes.flat_map_iter(|plane| scale_plane(plane, from, to)).collect();
        Self { pixels, shape: to, ..self.clone() }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Shape of each image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// All pixels, `[images, channels, height, width]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of one image, `[channels, height, width]`; `None` if the index is out of range.
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        self.pixels.chunks_exact(self.shape.len()).nth(index)
    }

    /// The label of each image.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The class names, indexed by label.
    pub fn classes(&self) -> &Arc<[String]> {
        &self.classes
    }

    /// Memory of pixels and labels in bytes.
    pub fn memory(&self) -> u64 {
        (self.pixels.len() + 2 * self.labels.len()) as u64
    }
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Images({} of {}, {} classes)", self.len(), self.shape, self.classes.len())
    }
}
