//! Limits the memory of images that are decoded at the same time, on any number of threads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Limit on the bytes of all concurrent decoding, without the resulting images.
const LIMIT: u64 = 1 << 30;

/// Bytes reserved now.
static RESERVED: Mutex<u64> = Mutex::new(0);
static RELEASED: Condvar = Condvar::new();

/// A reservation of memory, released on drop.
#[derive(Debug)]
pub(super) struct Reservation(u64);

impl Reservation {
    /// Waits until `bytes` are available and reserves them. A request above the limit waits for all of it. A thread
    /// that holds a reservation must not ask for another one.
    pub(super) fn wait(bytes: u64) -> Self {
        let bytes = bytes.min(LIMIT);
        let mut reserved = reserved();
        while *reserved + bytes > LIMIT {
            reserved = RELEASED.wait(reserved).unwrap_or_else(PoisonError::into_inner);
        }
        *reserved += bytes;
        Self(bytes)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        *reserved() -= self.0;
        RELEASED.notify_all();
    }
}

fn reserved() -> MutexGuard<'static, u64> {
    RESERVED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Reservation};
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn concurrent_reservations_stay_within_the_limit() {
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _reservation = Reservation::wait(LIMIT * 2 / 5);
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()), "two reservations of 2/5 fit, three do not");
        // A request above the limit is reduced to the limit and does not wait forever.
        drop(Reservation::wait(u64::MAX));
    }
}
