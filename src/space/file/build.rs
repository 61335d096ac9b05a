//! Adds the operations of a space file to a network.

use super::block::Block;
use crate::network::{Builder, NetworkError, Shape};

/// The width and stride that a place in the network asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) channels: usize,
    pub(super) stride: usize,
}

/// The last node of an operation.
pub(super) type Added = Result<usize, NetworkError>;

/// Adds a block that reads `x` and returns its last node, which is `x` itself for an unchanged skip. Its own width and
/// stride take precedence.
pub(super) fn add_block(builder: &mut Builder, name: &str, x: usize, block: &Block, wanted: Wanted) -> Added {
    let channels = block.channels.map_or(wanted.channels, |width| width.of(wanted.channels));
    let stride = block.stride.unwrap_or(wanted.stride);
    if block.kind.keeps_shape() && (stride > 1 || channels != builder.channels(x)) {
        return Err(NetworkError::KeepsShape(name.to_owned()));
    }
    block.kind.add(builder, name, x, Wanted { channels, stride })
}

/// The image height and width of a node; zeros for a vector.
pub(super) fn side(builder: &Builder, node: usize) -> [usize; 2] {
    match builder.shape(node) {
        Shape::Image([_, height, width]) => [height, width],
        Shape::Vector(_) => [0, 0],
    }
}
