//! The cell of a published hash.

use rayon::prelude::*;

use super::enumerate::{Wiring, renumberings};
use super::{MAX_VERTICES, MIN_VERTICES, cell_hash, published_numbering};
use crate::graph::Graph;

/// The cell that has this hash, with its vertices numbered as in the benchmark; `None` where no cell has it.
///
/// The cells of the space are tried one after the other on all cores, small ones first; all of them take some seconds.
#[must_use]
pub fn cell_of_hash(hash: &[u8; 16]) -> Option<Graph> {
    (MIN_VERTICES..=MAX_VERTICES).find_map(|vertices| {
        let renumberings = renumberings(vertices);
        let pairs = vertices * (vertices - 1) / 2;
        let with_edges = |bits| Wiring::lowest(bits, vertices, &renumberings);
        let cell = (0..1u32 << pairs)
            .into_par_iter()
            .find_map_first(|bits| with_edges(bits)?.into_cells().find(|cell| cell_hash(cell) == *hash))?;
        Some(published_numbering(&cell))
    })
}

/// The bytes of a hash's 32 hexadecimal digits, which a text is if it is nothing else.
pub(super) fn hash_of_text(text: &str) -> Option<[u8; 16]> {
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}
