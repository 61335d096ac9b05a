//! The loader: assigns images to the batches of an epoch and assembles batches.

use super::assemble::Core;
use super::batch::{Batch, Buffers};
use super::error::LoaderError;
use super::options::LoaderOptions;
use super::prefetch::Epoch;
use super::source::Source;
use rayon::ThreadPoolBuilder;
use std::sync::Arc;

/// Delivers the batches of any epoch of a source. Cheap to clone.
///
/// ```
/// use graphpnas::data::{Dataset, Loader, LoaderOptions, Normalization};
///
/// let data = Dataset::procedural(0, 20, 10);
/// let loader = Loader::new(data.train.clone(), LoaderOptions::train(8, Normalization::cifar10(), 1))?;
/// assert_eq!(loader.batches(), 2);
/// let batch = loader.batch(0, 0)?;
/// assert_eq!(batch.len(), 8);
/// # Ok::<(), graphpnas::data::LoaderError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Loader {
    core: Arc<Core>,
}

impl Loader {
    /// Creates a loader of all images of `source`.
    ///
    /// # Errors
    /// A batch size of 0 or above the number of images, an augmentation or normalisation that does not fit the image
    /// shape, or threads that cannot be started.
    pub fn new(source: Arc<Source>, options: LoaderOptions) -> Result<Self, LoaderError> {
        let indices = (0..source.len()).collect();
        Self::over(source, indices, options)
    }

    /// Creates a loader of the images at `indices`, for example one side of a [`Split`](super::Split).
    ///
    /// # Errors
    /// As [`Loader::new`], and an index that is out of range.
    pub fn over(source: Arc<Source>, indices: Vec<usize>, options: LoaderOptions) -> Result<Self, LoaderError> {
        let images = source.len();
        if let Some(index) = indices.iter().copied().find(|index| *index >= images) {
            return Err(LoaderError::Index { index, images });
        }
        if options.batch == 0 {
            return Err(LoaderError::EmptyBatch);
        }
        if options.batch > indices.len() {
            return Err(LoaderError::BatchTooLarge { batch: options.batch, images: indices.len() });
        }
        options.augment.check(source.shape())?;
        let channels = options.normal.channels(source.shape())?;
        // Not the global pool: a consumer that waits inside that pool would block the threads that it waits for.
        let pool = ThreadPoolBuilder::new().num_threads(options.threads).thread_name(|n| format!("loader {n}")).build();
        let pool = pool.map_err(|error| LoaderError::Thread(error.to_string()))?;
        Ok(Self { core: Arc::new(Core { source, indices, options, channels, pool }) })
    }

    /// Creates a loader of the same images with changed options.
    ///
    /// # Errors
    /// As [`Loader::new`].
    pub fn with(&self, change: impl FnOnce(LoaderOptions) -> LoaderOptions) -> Result<Self, LoaderError> {
        let Core { source, indices, options, .. } = &*self.core;
        Self::over(Arc::clone(source), indices.clone(), change(options.clone()))
    }

    /// Number of batches in an epoch.
    pub fn batches(&self) -> usize {
        self.core.batches()
    }

    /// Number of images in an epoch, before the last batch is dropped or filled up.
    pub fn images(&self) -> usize {
        self.core.indices.len()
    }

    /// The class names, indexed by label.
    pub fn classes(&self) -> &Arc<[String]> {
        self.core.source.classes()
    }

    /// Returns the batches of `epoch`, prefetched on a background thread.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn epoch(&self, epoch: u64) -> Result<Epoch, LoaderError> {
        self.epoch_from(epoch, 0)
    }

    /// Returns the batches of `epoch` from batch `first` on; they are the same as in the complete epoch.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn epoch_from(&self, epoch: u64, first: usize) -> Result<Epoch, LoaderError> {
        Epoch::start(Arc::clone(&self.core), epoch, first)
    }

    /// Assembles one batch of `epoch`. Each call computes the order of the complete epoch; use [`Loader::epoch`] to
    /// iterate.
    ///
    /// # Errors
    /// An image that cannot be read, or a batch index that is out of range.
    pub fn batch(&self, epoch: u64, batch: usize) -> Result<Batch, LoaderError> {
        let batches = self.batches();
        if batch >= batches {
            return Err(LoaderError::NoSuchBatch { batch, batches });
        }
        self.core.assemble(&self.core.order(epoch), epoch, batch, Buffers::default())
    }
}
