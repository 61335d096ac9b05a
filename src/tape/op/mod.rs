//! Differentiable operations, one file per family, named after the kernels they call; attention is made of those of others.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "stores and plans reject tensors of more than u32::MAX elements before a kernel runs"
)]

mod attention;
mod batch_norm;
mod conv2d;
mod dropout;
mod elementwise;
mod gru;
mod heads;
mod layer_norm;
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
pub use conv2d::ConvSettings;
pub use optimizer::Update;
pub use pool2d::{Pool, PoolKind};
