//! Images in memory: bytes and labels.

use super::decode::scale_plane;
use super::error::DataError;
use super::fingerprint::Mark;
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Channels, height and width of every image of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageShape {
    /// Channels: 3 for red, green, blue.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl ImageShape {
    /// The shape of colour images.
    pub const fn rgb(height: usize, width: usize) -> Self {
        Self { channels: 3, height, width }
    }

    /// Values of one channel.
    pub const fn plane(self) -> usize {
        self.height * self.width
    }

    /// Values of one image; as bytes also its memory.
    pub const fn len(self) -> usize {
        self.channels * self.plane()
    }

    /// True of a shape without a single value.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// Images in memory: pixels as bytes `[n, channels, height, width]`, labels, and the names of the classes.
#[derive(Clone)]
pub struct Images {
    pixels: Vec<u8>,
    labels: Vec<u16>,
    classes: Arc<[String]>,
    shape: ImageShape,
    /// Where they were decoded from files: a mark of each, which does not depend on the decoder.
    marks: Option<Arc<[Mark]>>,
}

impl Images {
    /// Images of `shape` from `pixels` `[n, channels, height, width]` and one label each.
    ///
    /// # Errors
    /// [`DataError::Invalid`] where the lengths do not agree, or a label is not one of the `classes`.
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
        if let Some(place) = labels.iter().position(|label| usize::from(*label) >= classes.len()) {
            let (label, classes) = (labels[place], classes.len());
            return Err(DataError::Invalid(format!("image {place} has label {label} of {classes} classes")));
        }
        Ok(Self { pixels, labels, classes, shape, marks: None })
    }

    /// The same for parts that fit by construction.
    pub(super) fn of_parts(pixels: Vec<u8>, labels: Vec<u16>, classes: Arc<[String]>, shape: ImageShape) -> Self {
        debug_assert_eq!(pixels.len(), labels.len() * shape.len());
        Self { pixels, labels, classes, shape, marks: None }
    }

    /// The same with the marks of the files that they were decoded from.
    pub(super) fn marked(self, marks: Arc<[Mark]>) -> Self {
        Self { marks: Some(marks), ..self }
    }

    /// The marks of the files that they were decoded from.
    pub(super) fn marks(&self) -> Option<&[Mark]> {
        self.marks.as_deref()
    }

    /// The images at `order`, with other labels (as they are now, place by place) and other classes.
    pub(super) fn rearranged(&self, order: &[usize], labels: &[u16], classes: &Arc<[String]>) -> Self {
        let size = self.shape.len();
        let mut pixels = Vec::with_capacity(self.pixels.len());
        order.iter().filter_map(|place| self.pixels.chunks_exact(size).nth(*place)).for_each(|one| pixels.extend(one));
        Self {
            pixels,
            labels: order.iter().filter_map(|place| labels.get(*place).copied()).collect(),
            classes: Arc::clone(classes),
            shape: self.shape,
            marks: self
                .marks
                .as_ref()
                .map(|marks| order.iter().filter_map(|place| marks.get(*place).copied()).collect()),
        }
    }

    /// The same images cut around the centre to the ratio of another height and width, and scaled.
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

    /// True where there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Shape of each image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// All pixels, `[n, channels, height, width]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of one image, `[channels, height, width]`; none where there is no such image.
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        self.pixels.chunks_exact(self.shape.len()).nth(index)
    }

    /// One label an image.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The names of the classes; a label is a place in it.
    pub fn classes(&self) -> &Arc<[String]> {
        &self.classes
    }

    /// Bytes of memory that pixels and labels take.
    pub fn memory(&self) -> u64 {
        (self.pixels.len() + 2 * self.labels.len()) as u64
    }
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Images({} of {}, {} classes)", self.len(), self.shape, self.classes.len())
    }
}
