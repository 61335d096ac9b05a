//! Memory for the tensors of plans, which plans that never run at the same time may share.

use crate::device::{Device, DeviceError, Memory};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A memory with one or more plans in it.
#[derive(Debug, Clone)]
pub(super) struct Arena(Arc<Mutex<Memory>>);

impl Arena {
    /// The memory, until another plan needs it.
    pub fn lock(&self) -> MutexGuard<'_, Memory> {
        // A panic elsewhere leaves numbers, whatever they are; a run writes all that it reads.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room that several plans compute in, one at a time ([`super::Plan::sharing`]).
///
/// It has the size of its largest plan. When a larger one comes it gets new room, and the plans made before keep the old
/// until they are dropped, because a GPU's bindings cannot move.
#[derive(Debug, Default)]
pub struct Scratch {
    arena: Option<Arena>,
}

impl Scratch {
    /// An arena of at least `len` numbers.
    pub(super) fn arena(&mut self, len: usize, device: &Device) -> Result<Arena, DeviceError> {
        if let Some(arena) = self.arena.as_ref().filter(|arena| arena.lock().len() >= len) {
            return Ok(arena.clone());
        }
        let arena = Arena(Arc::new(Mutex::new(device.memory(len, "the tensors of a plan")?)));
        Ok(self.arena.insert(arena).clone())
    }
}
