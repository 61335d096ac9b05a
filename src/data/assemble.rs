//! Assembles batches; shared by a loader and its prefetching threads.

use super::batch::{Batch, Buffers};
use super::error::LoaderError;
use super::normal::Channels;
use super::options::{LastBatch, LoaderOptions, Order};
use super::source::{Source, Values};
use super::streams::{Purpose, shuffle, stream};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::sync::Arc;

/// The state of a loader; shared with the prefetching threads.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) source: Arc<Source>,
    pub(super) indices: Vec<usize>,
    pub(super) options: LoaderOptions,
    pub(super) channels: Channels,
    pub(super) pool: ThreadPool,
}

/// In-memory images that a thread processes at a time, because one takes only microseconds.
const CHUNK: usize = 16;

impl Core {
    pub(super) fn batches(&self) -> usize {
        match self.options.last {
            LastBatch::Drop => self.indices.len() / self.options.batch,
            LastBatch::Keep | LastBatch::Wrap => self.indices.len().div_ceil(self.options.batch),
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
        let chunk = if self.source.is_in_memory() { CHUNK } else { 1 };
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
        let repeated = if self.options.last == LastBatch::Wrap { self.options.batch - rest.len() } else { 0 };
        buffers.indices.clear();
        buffers.indices.extend(rest.iter().chain(order.iter().take(repeated)));
        buffers.labels.clear();
        buffers.labels.extend(buffers.indices.iter().map(|index| u32::from(self.source.labels()[*index])));
        rest.len()
    }

    fn image(&self, epoch: u64, index: usize, scratch: &mut Vec<u8>, out: &mut [f32]) -> Result<(), LoaderError> {
        let Self { source, channels, options, .. } = self;
        let mut rng = stream(options.seed, Purpose::Augment, epoch, index as u64);
        let apply = |values: Values<'_>| match values {
            Values::Bytes(pixels) => options.augment.apply(source.shape(), &channels.tables, &mut rng, pixels, out),
            Values::Floats(values) => options.augment.apply(source.shape(), &channels.scales, &mut rng, values, out),
        };
        Ok(source.read(index, scratch, apply)?)
    }
}
