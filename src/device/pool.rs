//! Buffers that return to a pool when they are dropped.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// Free buffers by size class.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<HashMap<u64, Vec<wgpu::Buffer>>>);

impl Pool {
    fn free(&self) -> MutexGuard<'_, HashMap<u64, Vec<wgpu::Buffer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes and returns a free buffer of exactly this size class.
    pub(super) fn take(&self, class: u64) -> Option<wgpu::Buffer> {
        self.free().get_mut(&class)?.pop()
    }

    /// Adds a free buffer.
    pub(super) fn put(&self, buffer: wgpu::Buffer) {
        self.free().entry(buffer.size()).or_default().push(buffer);
    }

    /// Returns all free buffers to the device.
    pub(super) fn clear(&self) {
        self.free().clear();
    }

    /// Returns the total bytes of the free buffers.
    pub(super) fn bytes(&self) -> u64 {
        self.free().iter().map(|(class, list)| class * list.len() as u64).sum()
    }
}

/// Rounds a request of `bytes` up to a multiple of an eighth of the next power of two, within `limit`. At most a
/// quarter is wasted.
pub(super) fn size_class(bytes: u64, limit: u64) -> u64 {
    let bytes = bytes.max(256);
    let step = bytes.checked_next_power_of_two().map_or(256, |power| (power / 8).max(256));
    let class = bytes.checked_next_multiple_of(step).unwrap_or(bytes);
    class.min(limit & !3).max(bytes.next_multiple_of(4))
}

/// Memory of a device. Clones share it. When the last clone is dropped, the memory returns to the pool and is reused
/// with its content.
#[derive(Debug, Clone)]
pub struct Buffer(Arc<Pooled>);

#[derive(Debug)]
struct Pooled {
    raw: wgpu::Buffer,
    bytes: u64,
    pool: Weak<Pool>,
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.put(self.raw.clone());
        }
    }
}

impl Buffer {
    pub(super) fn new(raw: wgpu::Buffer, bytes: u64, pool: &Arc<Pool>) -> Self {
        Self(Arc::new(Pooled { raw, bytes, pool: Arc::downgrade(pool) }))
    }

    /// Returns the requested size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes
    }

    /// Returns the actual size in bytes: the request rounded up to a size class.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.0.raw.size()
    }

    /// Whether both buffers are the same memory.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.0.raw == other.0.raw
    }

    pub(super) fn raw(&self) -> &wgpu::Buffer {
        &self.0.raw
    }
}

#[cfg(test)]
mod tests {
    use super::size_class;

    #[test]
    fn size_classes_exceed_the_request_by_at_most_a_quarter() {
        for bytes in (1..100_000u64).step_by(7) {
            let class = size_class(bytes, 1 << 30);
            assert!(class >= bytes && class.is_multiple_of(4));
            assert!(class <= 256 || class <= bytes + bytes / 4 + 256);
        }
    }

    #[test]
    fn a_size_class_stays_within_the_limit() {
        assert_eq!(size_class(1000, 1000), 1000);
        assert_eq!(size_class((1 << 30) + 4, (1 << 30) + 4), (1 << 30) + 4);
    }
}
