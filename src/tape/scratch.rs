//! Memory for the tensors of plans. Plans that never run at the same time may share it.

use crate::device::{Device, DeviceError, Memory};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The memory of one or more plans.
#[derive(Debug, Clone)]
pub(super) struct Arena(Arc<Mutex<Memory>>);

impl Arena {
    /// Locks the memory.
    pub fn lock(&self) -> MutexGuard<'_, Memory> {
        // After a panic elsewhere the content is arbitrary, but a run writes all that it reads.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Memory that several plans share, one at a time ([`super::Plan::sharing`]).
///
/// It has the size of the largest plan. A larger plan gets new memory; earlier plans keep the old memory until they are
/// dropped, because a GPU's bindings cannot be moved.
#[derive(Debug, Default)]
pub struct Scratch {
    arena: Option<Arena>,
}

impl Scratch {
    /// Returns an arena of at least `len` elements.
    pub(super) fn arena(&mut self, len: usize, device: &Device) -> Result<Arena, DeviceError> {
        if let Some(arena) = self.arena.as_ref().filter(|arena| arena.lock().len() >= len) {
            return Ok(arena.clone());
        }
        let arena = Arena(Arc::new(Mutex::new(device.memory(len, "the tensors of a plan")?)));
        Ok(self.arena.insert(arena).clone())
    }
}
