//! The benchmark's cell hash (docs/method.md section 6).

use super::{INPUT, OUTPUT};
use crate::graph::{Graph, hash};

/// Returns the benchmark's hash of a pruned cell; its hexadecimal digits are the published key.
#[must_use]
pub fn cell_hash(pruned: &Graph) -> [u8; 16] {
    hash::isomorphism_hash(pruned, hashed_label)
}

/// Returns the number that the benchmark hashes for a node label: -1 input, 0 to 2 the operations, -2 output.
fn hashed_label(label: u8) -> i32 {
    match label {
        INPUT => -1,
        OUTPUT => -2,
        operation => i32::from(operation) - 1,
    }
}
