//! Differentiable operations, one file a family, named like the kernels they call.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "sizes are those of tensors, which stores and plans refuse over u32::MAX numbers before a kernel runs"
)]

mod batch_norm;
mod conv2d;
mod dropout;
mod elementwise;
mod gru;
mod heads;
mod loss;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod optimizer;
mod pool2d;
mod reduce;
mod segment;
mod slice;
mod softmax;
mod sum;

pub use batch_norm::BatchNorm;
pub use conv2d::Window;
pub use optimizer::Update;
pub use pool2d::{Pool, PoolKind};
