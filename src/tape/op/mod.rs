//! Differentiable operations, one file a family, named like the kernels they call.

mod elementwise;
mod gru;
mod lstm;
mod matmul;
