//! Prefetching of batches on a background thread.

use super::assemble::Core;
use super::batch::{Batch, Buffers};
use super::error::LoaderError;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// The batches of one epoch, in order, prefetched on a background thread. Ends after the first error; may be dropped at
/// any time.
#[derive(Debug)]
pub struct Epoch {
    batches: Option<Receiver<Result<Batch, LoaderError>>>,
    worker: Option<JoinHandle<()>>,
    left: usize,
}

impl Epoch {
    pub(super) fn start(core: Arc<Core>, epoch: u64, first: usize) -> Result<Self, LoaderError> {
        let left = core.batches().saturating_sub(first);
        let (sender, batches) = sync_channel(core.options.prefetch);
        let work = move || work(&core, epoch, first, &sender);
        let worker = std::thread::Builder::new().name("prefetch".into()).spawn(work);
        let worker = worker.map_err(|error| LoaderError::Thread(error.to_string()))?;
        Ok(Self { batches: Some(batches), worker: Some(worker), left })
    }
}

/// Assembles batches until the epoch ends, a batch fails or the receiver is dropped.
fn work(core: &Core, epoch: u64, first: usize, sender: &SyncSender<Result<Batch, LoaderError>>) {
    let (recycle, returned) = channel::<Buffers>();
    let order = core.order(epoch);
    for batch in first..core.batches() {
        let buffers = returned.try_recv().unwrap_or_default();
        let mut made = core.assemble(&order, epoch, batch, buffers);
        if let Ok(batch) = &mut made {
            batch.recycle = Some(recycle.clone());
        }
        let failed = made.is_err();
        if sender.send(made).is_err() || failed {
            return;
        }
    }
}

impl Iterator for Epoch {
    type Item = Result<Batch, LoaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let received = self.batches.as_ref()?.recv().unwrap_or(Err(LoaderError::Lost));
        self.left = if received.is_ok() { self.left - 1 } else { 0 };
        Some(received)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl Drop for Epoch {
    fn drop(&mut self) {
        // Without a receiver the next send fails, so the worker ends after its current batch.
        self.batches = None;
        if let Some(worker) = self.worker.take() {
            worker.join().ok();
        }
    }
}
