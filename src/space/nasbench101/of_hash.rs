//! The cell of a published hash.

use rayon::prelude::*;

use super::enumerate::{Wiring, renumberings};
use super::{MAX_VERTICES, MIN_VERTICES, cell_hash, published_numbering};
use crate::graph::Graph;

/// Returns the cell with this hash, its vertices numbered as in the benchmark; `None` if no cell has it.
///
/// Hashes the cells of the space on all cores, small ones first; trying all of them takes some seconds.
#[must_use]
pub fn find_cell_by_hash(hash: &[u8; 16]) -> Option<Graph> {
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

/// Returns the bytes of a hash of 32 hexadecimal digits; `None` if the text is not one.
pub(in crate::space) fn parse_hash(text: &str) -> Option<[u8; 16]> {
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}

/// Returns whether a text has the form of a cell's hash.
pub(in crate::space) fn is_hash(text: &str) -> bool {
    parse_hash(text).is_some()
}
