//! Random streams: one for each purpose, epoch and image, all from one seed.
//!
//! A stream of its own for each image is what makes an epoch the same on any number of threads.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Shuffle = 1,
    Augment = 2,
    Split = 3,
    RenderTrain = 4,
    RenderTest = 5,
}

/// The stream of `purpose` for image `index` in `epoch` under `seed`.
pub(super) fn stream(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (place, number) in key.chunks_exact_mut(8).zip([seed, purpose as u64, epoch, index]) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// Puts `items` in random order.
pub(super) fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    use rand::RngExt;
    for last in (1..items.len()).rev() {
        items.swap(last, rng.random_range(0..=last));
    }
}
