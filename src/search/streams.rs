//! Random streams: one per purpose and round, all derived from the run's seed.
//!
//! With separate streams, a round does not depend on how many random numbers earlier rounds used. Therefore, skipping
//! an unused update changes nothing, and a run can be resumed at any round.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The purpose of a random stream; its number is part of the stream's key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Explore = 1,
    Sample = 2,
    Train = 3,
    Weights = 4,
    Inspect = 5,
    SharedTraining = 6,
    Probe = 7,
    FinalChildren = 8,
    MemoryEstimate = 9,
    Pool = 10,
}

/// Returns the stream of `purpose` in `round` of the run with `seed`.
pub(super) fn stream(seed: u64, purpose: Purpose, round: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    key[16..24].copy_from_slice(&round.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Returns the stream for the initial weights of a generator.
#[must_use]
pub fn first_weights(seed: u64) -> ChaCha8Rng {
    stream(seed, Purpose::Weights, 0)
}
