//! The loader: assigns images to the batches of an epoch and assembles batches.

use super::augment::Augment;
use super::batch::{Batch, Buffers};
use super::error::LoaderError;
use super::normal::Normal;
use super::prefetch::Epoch;
use super::source::Source;
use super::streams::{Purpose, shuffle, stream};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;

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
pub enum Last {
    /// The incomplete batch is dropped.
    Drop,
    /// The last batch is smaller.
    Keep,
    /// The first images of the epoch fill up the batch; they start at [`Batch::fresh`].
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
    pub last: Last,
    /// Random augmentation of each image.
    pub augment: Augment,
    /// Mean and standard deviation of each channel.
    pub normal: Normal,
    /// Seed of the shuffling and of the augmentation.
    pub seed: u64,
    /// Finished batches that may wait in the queue. An epoch holds up to two more batches than this in memory.
    pub prefetch: usize,
    /// Threads that decode and augment; 0 for one per core. The batches do not depend on it.
    pub threads: usize,
}

impl LoaderOptions {
    /// Options for training: shuffled, full batches only, no augmentation.
    pub fn train(batch: usize, normal: Normal, seed: u64) -> Self {
        let (order, last, augment) = (Order::Shuffled, Last::Drop, Augment::default());
        Self { batch, order, last, augment, normal, seed, prefetch: 2, threads: 0 }
    }

    /// Options for evaluation: every image once, in order.
    pub fn evaluate(batch: usize, normal: Normal) -> Self {
        Self { order: Order::Plain, last: Last::Keep, ..Self::train(batch, normal, 0) }
    }
}

/// Delivers the batches of any epoch of a source. Cheap to clone.
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
        let tables = options.normal.tables(source.shape())?;
        // Not the global pool: a consumer that waits inside that pool would block the threads that it waits for.
        let pool = ThreadPoolBuilder::new().num_threads(options.threads).thread_name(|n| format!("loader {n}")).build();
        let pool = pool.map_err(|error| LoaderError::Thread(error.to_string()))?;
        Ok(Self { core: Arc::new(Core { source, indices, options, tables, pool }) })
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

/// The state of a loader; shared with the prefetching threads.
#[derive(Debug)]
pub(super) struct Core {
    source: Arc<Source>,
    indices: Vec<usize>,
    pub(super) options: LoaderOptions,
    tables: Vec<[f32; 256]>,
    pool: ThreadPool,
}

/// In-memory images that a thread processes at a time, because one takes only microseconds.
const CHUNK: usize = 16;

impl Core {
    pub(super) fn batches(&self) -> usize {
        match self.options.last {
            Last::Drop => self.indices.len() / self.options.batch,
            Last::Keep | Last::Wrap => self.indices.len().div_ceil(self.options.batch),
        }
    }

    /// Returns the image indices of `epoch` in order.
    pub(super) fn order(&self, epoch: u64) -> Vec<usize> {
        let mut order = self.indices.clone();
        if self.options.order == Order::Shuffled {
            shuffle(&mut order, &mut stream(self.options.seed, Purpose::Shuffle, epoch, 0));
        }
        order
    }

    /// Assembles batch `batch` of `epoch` in `buffers`; `order` is the order of the epoch.
    pub(super) fn assemble(
        &self,
        order: &[usize],
        epoch: u64,
        batch: usize,
        mut buffers: Buffers,
    ) -> Result<Batch, LoaderError> {
        let shape = self.source.shape();
        let fresh = self.choose(order, batch, &mut buffers);
        let Buffers { inputs, indices, .. } = &mut buffers;
        inputs.resize(indices.len() * shape.len(), 0.0);
        let chunk = if self.source.images().is_some() { CHUNK } else { 1 };
        let failed = self.pool.install(|| {
            let slots = inputs.par_chunks_exact_mut(shape.len()).zip(&*indices).with_min_len(chunk);
            let results = slots.map_init(Vec::new, |scratch, (slot, index)| self.image(epoch, *index, scratch, slot));
            results.find_map_first(Result::err)
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(Batch { buffers, shape, fresh, recycle: None }),
        }
    }

    /// Writes the image indices and labels of the batch to `buffers`; returns how many images are new in this epoch.
    fn choose(&self, order: &[usize], batch: usize, buffers: &mut Buffers) -> usize {
        let rest = order.chunks(self.options.batch).nth(batch).unwrap_or_default();
        let repeated = if self.options.last == Last::Wrap { self.options.batch - rest.len() } else { 0 };
        buffers.indices.clear();
        buffers.indices.extend(rest.iter().chain(order.iter().take(repeated)));
        buffers.labels.clear();
        buffers.labels.extend(buffers.indices.iter().map(|index| u32::from(self.source.labels()[*index])));
        rest.len()
    }

    fn image(&self, epoch: u64, index: usize, scratch: &mut Vec<u8>, out: &mut [f32]) -> Result<(), LoaderError> {
        let Self { source, tables, options, .. } = self;
        let mut rng = stream(options.seed, Purpose::Augment, epoch, index as u64);
        let apply = |pixels: &[u8]| options.augment.apply(source.shape(), tables, &mut rng, pixels, out);
        Ok(source.read(index, scratch, apply)?)
    }
}
