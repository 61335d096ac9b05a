//! A batch ready for the network, whose buffers go back to the loader when it is dropped.

use super::images::ImageShape;
use std::sync::mpsc::Sender;

/// Room for a batch, used again and again.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub inputs: Vec<f32>,
    pub labels: Vec<u32>,
    pub places: Vec<usize>,
}

/// Normalised, augmented images with their labels.
#[derive(Debug)]
pub struct Batch {
    pub(super) buffers: Buffers,
    pub(super) shape: ImageShape,
    pub(super) fresh: usize,
    /// Where the buffers go in the end.
    pub(super) home: Option<Sender<Buffers>>,
}

impl Batch {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.buffers.labels.len()
    }

    /// Never true of a loader's batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of each image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// The images, `[n, channels, height, width]`.
    pub fn inputs(&self) -> &[f32] {
        &self.buffers.inputs
    }

    /// One label an image.
    pub fn labels(&self) -> &[u32] {
        &self.buffers.labels
    }

    /// Which image of the source each one is.
    pub fn places(&self) -> &[usize] {
        &self.buffers.places
    }

    /// How many of the images, from the first, are new in this epoch; the rest of a wrapped batch repeats earlier ones
    /// and should not be counted in an accuracy.
    pub fn fresh(&self) -> usize {
        self.fresh
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            // An epoch that is over needs no buffers.
            home.send(std::mem::take(&mut self.buffers)).ok();
        }
    }
}
