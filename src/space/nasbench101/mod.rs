//! NAS-Bench-101: the numbering, hashes and widths of its cells (docs/method.md sections 1, 5, 6). The space is the file
//! `presets/spaces/nasbench101.toml`.

mod cell_hash;
mod channels;
mod enumerate;
mod numbering;
mod of_hash;
mod prune;

pub use cell_hash::cell_hash;
pub use channels::vertex_channels;
pub use enumerate::enumerate;
pub use numbering::published_numbering;
pub use of_hash::find_cell_by_hash;
pub(super) use of_hash::{is_hash, parse_hash};
pub use prune::prune;

/// The name of the space.
pub const NAME: &str = "nasbench101";
/// The largest number of vertices, input and output included.
pub const MAX_VERTICES: usize = 7;
/// The smallest number of vertices: the input and the output.
pub const MIN_VERTICES: usize = 2;
/// The largest number of edges of a pruned cell.
pub const MAX_EDGES: usize = 9;
/// The number of distinct cells.
pub const CELLS: usize = 423_624;
/// The node label of the input vertex.
pub const INPUT: u8 = 0;
/// The node label of the output vertex, which ends a graph.
pub const OUTPUT: u8 = 4;
/// The operations; the node label of each is its index plus 1.
pub const OPERATIONS: [&str; 3] = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"];
