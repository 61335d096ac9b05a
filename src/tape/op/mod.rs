//! Differentiable operations, one file a family, named like the kernels they call.

mod conv2d;
mod elementwise;

pub use conv2d::Window;
