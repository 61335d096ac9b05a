//! Random streams: one for each purpose and round, all from the run's seed.
//!
//! A stream of its own for each round makes a round's draws independent of how many numbers earlier rounds used, so that
//! skipping an update that is never used changes nothing, and a run can be resumed at any round.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Explore = 1,
    Sample = 2,
    Train = 3,
    Weights = 4,
    Look = 5,
    Share = 6,
    Probe = 7,
    Finish = 8,
    Size = 9,
    Pool = 10,
}

/// The stream of `purpose` in `round` of the run with `seed`.
pub(super) fn stream(seed: u64, purpose: Purpose, round: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    key[16..24].copy_from_slice(&round.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// The stream a generator's first weights are drawn from.
#[must_use]
pub fn first_weights(seed: u64) -> ChaCha8Rng {
    stream(seed, Purpose::Weights, 0)
}
