//! A batch for the network. Its buffers return to the loader when it is dropped.

use super::shape::ImageShape;
use std::sync::mpsc::Sender;

/// Reusable buffers of a batch.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub inputs: Vec<f32>,
    pub labels: Vec<u32>,
    pub indices: Vec<usize>,
}

/// Normalised, augmented images with their labels.
#[derive(Debug)]
pub struct Batch {
    pub(super) buffers: Buffers,
    pub(super) shape: ImageShape,
    pub(super) fresh: usize,
    /// Receives the buffers when the batch is dropped.
    pub(super) recycle: Option<Sender<Buffers>>,
}

impl Batch {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.buffers.labels.len()
    }

    /// Always false for a batch from a loader.
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

    /// The label of each image.
    pub fn labels(&self) -> &[u32] {
        &self.buffers.labels
    }

    /// The index of each image in the source.
    pub fn indices(&self) -> &[usize] {
        &self.buffers.indices
    }

    /// The number of leading images that are new in this epoch. The rest of a wrapped batch repeats earlier images and
    /// must not be counted in an accuracy.
    pub fn fresh(&self) -> usize {
        self.fresh
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(recycle) = self.recycle.take() {
            // Sending fails after the end of the epoch, when no more buffers are needed.
            recycle.send(std::mem::take(&mut self.buffers)).ok();
        }
    }
}
