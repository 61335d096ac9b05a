//! Random streams: one for each purpose, epoch and image, derived from one seed.
//!
//! Because each image has its own stream, an epoch does not depend on the number of threads.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The purpose of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Shuffle = 1,
    Augment = 2,
    Split = 3,
    RenderTrain = 4,
    RenderTest = 5,
}

/// Returns the stream for a purpose, epoch and image.
pub(super) fn stream(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (bytes, number) in key.chunks_exact_mut(8).zip([seed, purpose as u64, epoch, index]) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// Shuffles `items` (Fisher-Yates).
pub(super) fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    use rand::RngExt;
    for last in (1..items.len()).rev() {
        items.swap(last, rng.random_range(0..=last));
    }
}
