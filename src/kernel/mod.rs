//! Kernels: WGSL entry points with their Rust twins and parameters.
//!
//! Each kernel family X consists of `shaders/X.wgsl`, `src/kernel/X.rs`, `tests/kernel/X.rs` and `benches/kernel/X.rs`.
//! The twin computes the same result from the same operands on slices: it is the reference of the parity test and runs
//! on the `cpu` device.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "stores and plans reject tensors of more than u32::MAX elements before a kernel runs"
)]

mod call;
pub mod gemm;
mod lanes;
mod operands;
mod program;
mod shader;
pub(crate) mod small;

pub mod batch_norm;
pub mod conv2d;
pub mod dropout;
pub mod elementwise;
pub mod gru;
pub mod heads;
pub mod layer_norm;
pub mod loss;
pub mod lstm;
pub mod matmul;
pub mod message_passing;
pub mod mixture;
pub mod optimizer;
pub mod pool2d;
pub mod reduce;
pub mod segment;
pub mod slice;
pub mod softmax;
pub mod sum;

pub use call::{Access, Call, Extent, Kernel, Params};
pub use operands::Operands;
pub use program::{Launch, Operand, Program, TWIN_VARIABLE};
pub use shader::source;

const FAMILIES: &[&[&Kernel]] = &[
    batch_norm::KERNELS,
    conv2d::KERNELS,
    dropout::KERNELS,
    elementwise::KERNELS,
    gru::KERNELS,
    heads::KERNELS,
    layer_norm::KERNELS,
    lstm::KERNELS,
    loss::KERNELS,
    matmul::KERNELS,
    message_passing::KERNELS,
    mixture::KERNELS,
    optimizer::KERNELS,
    pool2d::KERNELS,
    reduce::KERNELS,
    segment::KERNELS,
    slice::KERNELS,
    softmax::KERNELS,
    sum::KERNELS,
];

/// Whether the kernel belongs to this crate.
fn is_registered(kernel: &'static Kernel) -> bool {
    FAMILIES.iter().any(|family| family.iter().any(|known| std::ptr::eq(*known, kernel)))
}

/// Returns every kernel of this crate.
#[must_use]
pub fn registry() -> Vec<&'static Kernel> {
    FAMILIES.concat()
}
