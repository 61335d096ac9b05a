//! Differentiable operations, one file a family, named like the kernels they call.

mod elementwise;
mod heads;
mod message_passing;
mod mixture;
mod optimizer;
