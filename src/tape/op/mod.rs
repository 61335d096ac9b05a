//! Differentiable operations, one file a family, named like the kernels they call.

mod batch_norm;
mod conv2d;
mod dropout;
mod elementwise;
mod gru;
mod heads;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod optimizer;
mod pool2d;
mod slice;
mod sum;

pub use batch_norm::BatchNorm;
pub use conv2d::Window;
pub use pool2d::{Pool, PoolKind};
