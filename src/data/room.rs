//! Memory for pictures that are being decoded: as many at a time as fit, however many threads there are.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that all decoding together may take, beside what is kept of it.
const ALL: u64 = 1 << 30;

/// Bytes that are taken now.
static TAKEN: Mutex<u64> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

/// Some of the memory, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Room(u64);

impl Room {
    /// Takes `bytes` once others have given back enough; who needs more than there is waits until nobody else has any. Who has
    /// room takes no more of it.
    pub(super) fn take(bytes: u64) -> Self {
        let bytes = bytes.min(ALL);
        let mut taken = taken();
        while *taken + bytes > ALL {
            taken = GIVEN_BACK.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        Self(bytes)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *taken() -= self.0;
        GIVEN_BACK.notify_all();
    }
}

fn taken() -> MutexGuard<'static, u64> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{ALL, Room};
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn only_so_much_is_taken_at_once() {
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _room = Room::take(ALL * 2 / 5);
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()), "two parts of 2/5 fit, three do not");
        // More than there is is all there is, and does not wait for ever.
        drop(Room::take(u64::MAX));
    }
}
