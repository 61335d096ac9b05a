//! ONNX files: the protobuf messages that networks need, and a writer for the operators of a node.

mod message;
mod node;

pub use message::*;
pub use node::{NodeWriter, float, int, ints};

/// The channel axis of a batch of images.
pub const CHANNELS: i64 = 1;
/// The axes of rows and columns of a batch of images.
pub const PIXELS: [i64; 2] = [2, 3];
