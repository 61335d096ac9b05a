//! The loader: which images are in which batch of an epoch, and the assembling of one batch.

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

/// In which order an epoch takes the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Shuffled anew each epoch, by the loader's seed.
    Shuffled,
    /// As they are stored or were selected.
    Plain,
}

/// What becomes of the images that do not fill the last batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// They are left out.
    Drop,
    /// They make a smaller batch.
    Keep,
    /// The epoch's first images fill the batch up; [`Batch::fresh`] tells where they start.
    Wrap,
}

/// How a loader makes its batches.
#[derive(Debug, Clone, PartialEq)]
pub struct LoaderOptions {
    /// Images in a batch.
    pub batch: usize,
    /// The order of an epoch.
    pub order: Order,
    /// What becomes of the rest.
    pub last: Last,
    /// Random changes to each image.
    pub augment: Augment,
    /// Mean and deviation of each channel.
    pub normal: Normal,
    /// Decides orders and augmentations.
    pub seed: u64,
    /// Batches that wait finished while another is in work. An epoch holds up to two more than this in memory.
    pub prefetch: usize,
    /// Threads that decode and augment; 0 for one a core. They do not change what is delivered.
    pub threads: usize,
}

impl LoaderOptions {
    /// Training: shuffled, whole batches only, no augmentation yet.
    pub fn train(batch: usize, normal: Normal, seed: u64) -> Self {
        let (order, last, augment) = (Order::Shuffled, Last::Drop, Augment::default());
        Self { batch, order, last, augment, normal, seed, prefetch: 2, threads: 0 }
    }

    /// Evaluation: every image once, in order.
    pub fn evaluate(batch: usize, normal: Normal) -> Self {
        Self { order: Order::Plain, last: Last::Keep, ..Self::train(batch, normal, 0) }
    }
}

/// Delivers the batches of any epoch of one source. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Loader {
    core: Arc<Core>,
}

impl Loader {
    /// A loader of all images of `source`.
    ///
    /// # Errors
    /// A batch of none or of more images than there are, an augmentation or normalisation that does not fit the images,
    /// or no threads.
    pub fn new(source: Arc<Source>, options: LoaderOptions) -> Result<Self, LoaderError> {
        let places = (0..source.len()).collect();
        Self::over(source, places, options)
    }

    /// A loader of the images at `places`, for example one side of a [`Split`](super::Split).
    ///
    /// # Errors
    /// As [`Loader::new`], and a place that `source` does not have.
    pub fn over(source: Arc<Source>, places: Vec<usize>, options: LoaderOptions) -> Result<Self, LoaderError> {
        let images = source.len();
        if let Some(index) = places.iter().copied().find(|place| *place >= images) {
            return Err(LoaderError::Index { index, images });
        }
        if options.batch == 0 {
            return Err(LoaderError::EmptyBatch);
        }
        if options.batch > places.len() {
            return Err(LoaderError::BatchTooLarge { batch: options.batch, images: places.len() });
        }
        options.augment.check(source.shape())?;
        let tables = options.normal.tables(source.shape())?;
        // A pool of its own: a consumer that waits inside the global pool would starve the one it waits for.
        let pool = ThreadPoolBuilder::new().num_threads(options.threads).thread_name(|n| format!("loader {n}")).build();
        let pool = pool.map_err(|error| LoaderError::Thread(error.to_string()))?;
        Ok(Self { core: Arc::new(Core { source, places, options, tables, pool }) })
    }

    /// A loader of the same images with other options.
    ///
    /// # Errors
    /// As [`Loader::new`].
    pub fn with(&self, change: impl FnOnce(LoaderOptions) -> LoaderOptions) -> Result<Self, LoaderError> {
        let Core { source, places, options, .. } = &*self.core;
        Self::over(Arc::clone(source), places.clone(), change(options.clone()))
    }

    /// Batches in an epoch.
    pub fn batches(&self) -> usize {
        self.core.batches()
    }

    /// Images in an epoch, before the last batch is dropped or wrapped.
    pub fn images(&self) -> usize {
        self.core.places.len()
    }

    /// The names of the classes; a label is a place in it.
    pub fn classes(&self) -> &Arc<[String]> {
        self.core.source.classes()
    }

    /// The batches of `epoch`, made ahead on a thread of their own.
    ///
    /// # Errors
    /// No thread.
    pub fn epoch(&self, epoch: u64) -> Result<Epoch, LoaderError> {
        self.epoch_from(epoch, 0)
    }

    /// The batches of `epoch` from batch `first` on: the same ones that the whole epoch has there.
    ///
    /// # Errors
    /// No thread.
    pub fn epoch_from(&self, epoch: u64, first: usize) -> Result<Epoch, LoaderError> {
        Epoch::start(Arc::clone(&self.core), epoch, first)
    }

    /// One batch of `epoch`, made now. It finds out the whole epoch's order first, so [`Loader::epoch`] is the way to
    /// walk through one.
    ///
    /// # Errors
    /// An image that cannot be read, or a batch the epoch does not have.
    pub fn batch(&self, epoch: u64, batch: usize) -> Result<Batch, LoaderError> {
        let batches = self.batches();
        if batch >= batches {
            return Err(LoaderError::NoSuchBatch { batch, batches });
        }
        self.core.assemble(&self.core.order(epoch), epoch, batch, Buffers::default())
    }
}

/// All that making a batch needs; shared with the prefetching threads.
#[derive(Debug)]
pub(super) struct Core {
    source: Arc<Source>,
    places: Vec<usize>,
    pub(super) options: LoaderOptions,
    tables: Vec<[f32; 256]>,
    pool: ThreadPool,
}

/// In-memory images a thread takes at a time: one alone is done in microseconds.
const CHUNK: usize = 16;

impl Core {
    pub(super) fn batches(&self) -> usize {
        match self.options.last {
            Last::Drop => self.places.len() / self.options.batch,
            Last::Keep | Last::Wrap => self.places.len().div_ceil(self.options.batch),
        }
    }

    /// The images of `epoch` in their order.
    pub(super) fn order(&self, epoch: u64) -> Vec<usize> {
        let mut order = self.places.clone();
        if self.options.order == Order::Shuffled {
            shuffle(&mut order, &mut stream(self.options.seed, Purpose::Shuffle, epoch, 0));
        }
        order
    }

    /// Makes batch `batch` of `epoch`, whose order is `order`, in `buffers`.
    pub(super) fn assemble(
        &self,
        order: &[usize],
        epoch: u64,
        batch: usize,
        mut buffers: Buffers,
    ) -> Result<Batch, LoaderError> {
        let shape = self.source.shape();
        let fresh = self.choose(order, batch, &mut buffers);
        let Buffers { inputs, places, .. } = &mut buffers;
        inputs.resize(places.len() * shape.len(), 0.0);
        let chunk = if self.source.images().is_some() { CHUNK } else { 1 };
        let failed = self.pool.install(|| {
            let rooms = inputs.par_chunks_exact_mut(shape.len()).zip(&*places).with_min_len(chunk);
            let results = rooms.map_init(Vec::new, |scratch, (room, place)| self.image(epoch, *place, scratch, room));
            results.find_map_first(Result::err)
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(Batch { buffers, shape, fresh, home: None }),
        }
    }

    /// Writes down the batch's images and labels; how many of them the epoch has not had yet.
    fn choose(&self, order: &[usize], batch: usize, buffers: &mut Buffers) -> usize {
        let rest = order.chunks(self.options.batch).nth(batch).unwrap_or_default();
        let repeated = if self.options.last == Last::Wrap { self.options.batch - rest.len() } else { 0 };
        buffers.places.clear();
        buffers.places.extend(rest.iter().chain(order.iter().take(repeated)));
        buffers.labels.clear();
        buffers.labels.extend(buffers.places.iter().map(|place| u32::from(self.source.labels()[*place])));
        rest.len()
    }

    fn image(&self, epoch: u64, place: usize, scratch: &mut Vec<u8>, room: &mut [f32]) -> Result<(), LoaderError> {
        let Self { source, tables, options, .. } = self;
        let mut rng = stream(options.seed, Purpose::Augment, epoch, place as u64);
        let apply = |pixels: &[u8]| options.augment.apply(source.shape(), tables, &mut rng, pixels, room);
        Ok(source.read(place, scratch, apply)?)
    }
}
