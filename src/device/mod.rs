//! Devices: selecting a GPU, managing its memory and running kernels on it. The CPU is a device too.

mod adapter;
mod error;
mod fault;
mod free_memory;
mod gpu;
mod launch;
mod memory;
mod pipeline;
mod pool;
mod timing;
mod transfer;

pub use adapter::{AdapterFeatures, AdapterKind, AdapterLimits, AdapterSummary, DeviceChoice, choose, list};
pub use error::{DeviceError, format_bytes};
pub use free_memory::available;
pub use gpu::Gpu;
pub use launch::Launch;
pub use memory::{ALIGNMENT, Device, Memory, check_memory, zeroed};
pub use pipeline::{BufferRange, Pipeline, PipelineSpec};
pub use pool::Buffer;
