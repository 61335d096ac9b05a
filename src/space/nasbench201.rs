//! NAS-Bench-201: cells of four nodes with an operation on each of the six edges (docs/method.md sections 1 and 5). The
//! space is `presets/spaces/nasbench201.toml`; benchmark tables need its constants.

pub use super::file::dialect::{cell_of_number, index_of, number_of_cell};

/// The name of the space.
pub const NAME: &str = "nasbench201";

/// The number of nodes of every cell.
pub const NODES: usize = 4;

/// The operations, indexed by edge label; `none` (0) is the absence of the edge.
pub const OPERATIONS: [&str; 5] = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];
