//! Options of a loader.

use super::augment::Augment;
use super::normal::Normalization;

/// The order of the images in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Shuffled in each epoch, keyed by the loader's seed.
    Shuffled,
    /// The order of the source or of the selected indices.
    Plain,
}

/// How an incomplete last batch is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastBatch {
    /// The incomplete batch is dropped.
    Drop,
    /// The last batch is smaller.
    Keep,
    /// The first images of the epoch fill up the batch; they start at [`Batch::fresh`](super::Batch::fresh).
    Wrap,
}

/// Options of a loader.
#[derive(Debug, Clone, PartialEq)]
pub struct LoaderOptions {
    /// Batch size.
    pub batch: usize,
    /// The order of an epoch.
    pub order: Order,
    /// How an incomplete last batch is handled.
    pub last: LastBatch,
    /// Random augmentation of each image.
    pub augment: Augment,
    /// Mean and standard deviation of each channel.
    pub normal: Normalization,
    /// Seed of the shuffling and of the augmentation.
    pub seed: u64,
    /// Finished batches that may wait in the queue. An epoch holds up to two more batches than this in memory.
    pub prefetch: usize,
    /// Threads that decode and augment; 0 for one per core. The batches do not depend on it.
    pub threads: usize,
}

impl LoaderOptions {
    /// Options for training: shuffled, full batches only, no augmentation.
    pub fn train(batch: usize, normal: Normalization, seed: u64) -> Self {
        let (order, last, augment) = (Order::Shuffled, LastBatch::Drop, Augment::default());
        Self { batch, order, last, augment, normal, seed, prefetch: 2, threads: 0 }
    }

    /// Options for evaluation: every image once, in order.
    pub fn evaluate(batch: usize, normal: Normalization) -> Self {
        Self { order: Order::Plain, last: LastBatch::Keep, ..Self::train(batch, normal, 0) }
    }
}
