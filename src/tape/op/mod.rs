//! Differentiable operations, one file a family, named like the kernels they call.

mod conv2d;
mod elementwise;
mod gru;
mod heads;
mod loss;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod optimizer;
mod reduce;
mod segment;
mod softmax;

pub use conv2d::Window;
pub use optimizer::Update;
