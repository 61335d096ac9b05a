//! A device to run on, and numbers that live in its memory.

use super::adapter::{DeviceChoice, choose};
use super::error::DeviceError;
use super::gpu::Gpu;
use super::pool::Buffer;
use super::room::available;

/// Every tensor starts at a multiple of this many numbers: 256 bytes, which suits every adapter's bindings.
pub const ALIGNMENT: usize = 64;

/// What runs the kernels.
#[derive(Debug, Clone)]
pub enum Device {
    /// The processor, through the kernels' Rust twins.
    Cpu,
    /// A GPU, through the kernels' shaders.
    Gpu(Gpu),
}

impl Device {
    /// How many of `threads` threads train or score networks at the same time: all on the processor, one on another device.
    #[must_use]
    pub fn threads(&self, threads: usize) -> usize {
        if matches!(self, Self::Cpu) { threads } else { 1 }
    }

    /// Opens the device that was asked for.
    ///
    /// # Errors
    /// [`DeviceError::NoAdapter`] and [`DeviceError::Ambiguous`] for a name that fits none or several, and
    /// [`DeviceError::Request`] for an adapter that does not open.
    pub fn open(choice: &DeviceChoice) -> Result<Self, DeviceError> {
        Ok(match choose(choice)? {
            None => Self::Cpu,
            Some(adapter) => Self::Gpu(Gpu::open(adapter)?),
        })
    }

    /// The adapter's name, or `cpu`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu(gpu) => gpu.name(),
        }
    }

    /// Memory for `len` numbers, all zero, for `what`.
    ///
    /// # Errors
    /// [`DeviceError::BufferTooLarge`] and [`DeviceError::OutOfMemory`].
    pub fn memory(&self, len: usize, what: &str) -> Result<Memory, DeviceError> {
        match self {
            Self::Cpu => Ok(Memory::Cpu(zeroed(len, what)?)),
            Self::Gpu(gpu) => {
                let bytes = (len as u64).saturating_mul(4);
                let buffer = gpu.buffer(bytes.max(4), what)?;
                gpu.clear(&buffer)?;
                Ok(Memory::Gpu { gpu: gpu.clone(), buffer, len })
            }
        }
    }
}

/// Allocations below this are not compared with what the machine has, which takes some file reads.
const SMALL: u64 = 64 << 20;

/// Whether the machine has `bytes` bytes left for `what`, where it tells: Linux grants more than it has, and ends processes
/// that then use it.
///
/// # Errors
/// [`DeviceError::NoMemory`].
pub fn check_room(bytes: u64, what: &str) -> Result<(), DeviceError> {
    let left = if bytes < SMALL { None } else { available() };
    match left {
        Some(left) if bytes > left => {
            Err(DeviceError::NoMemory { needed: bytes, available: Some(left), what: what.to_owned() })
        }
        _ => Ok(()),
    }
}

/// So many zeros in the processor's memory, for `what`.
///
/// # Errors
/// [`DeviceError::NoMemory`].
pub fn zeroed(len: usize, what: &str) -> Result<Vec<f32>, DeviceError> {
    let bytes = (len as u64).saturating_mul(4);
    check_room(bytes, what)?;
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(len).map_err(|_| DeviceError::no_memory(bytes, what))?;
    numbers.resize(len, 0.0);
    Ok(numbers)
}

/// A row of 32-bit numbers on a device. Whole numbers are kept by their bits.
#[derive(Debug)]
pub enum Memory {
    /// In the processor's memory.
    Cpu(Vec<f32>),
    /// In a GPU's memory.
    Gpu {
        /// Whose memory it is.
        gpu: Gpu,
        /// Where it is.
        buffer: Buffer,
        /// How many numbers it holds.
        len: usize,
    },
}

impl Memory {
    /// How many numbers it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Cpu(numbers) => numbers.len(),
            Self::Gpu { len, .. } => *len,
        }
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes `data` at number `offset`.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the memory, or the device's own error.
    pub fn write(&mut self, offset: usize, data: &[f32]) -> Result<(), DeviceError> {
        self.check(offset, data.len())?;
        match self {
            Self::Cpu(numbers) => numbers[offset..offset + data.len()].copy_from_slice(data),
            Self::Gpu { gpu, buffer, .. } => gpu.write(buffer, 4 * offset as u64, bytemuck::cast_slice(data))?,
        }
        Ok(())
    }

    /// Sets `len` numbers from number `offset` on to zero.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the memory, or the device's own error.
    pub fn clear(&mut self, offset: usize, len: usize) -> Result<(), DeviceError> {
        self.check(offset, len)?;
        match self {
            Self::Cpu(numbers) => numbers[offset..offset + len].fill(0.0),
            Self::Gpu { gpu, buffer, .. } => gpu.clear_range(buffer, 4 * offset as u64, 4 * len as u64)?,
        }
        Ok(())
    }

    /// Reads into `out` from number `offset`, once everything submitted before has run.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the memory, or the device's own error.
    pub fn read(&self, offset: usize, out: &mut [f32]) -> Result<(), DeviceError> {
        self.check(offset, out.len())?;
        match self {
            Self::Cpu(numbers) => out.copy_from_slice(&numbers[offset..offset + out.len()]),
            Self::Gpu { gpu, buffer, .. } => gpu.read(buffer, 4 * offset as u64, bytemuck::cast_slice_mut(out))?,
        }
        Ok(())
    }

    fn check(&self, offset: usize, len: usize) -> Result<(), DeviceError> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len() => Ok(()),
            _ => {
                Err(DeviceError::Validation(format!("{len} numbers at {offset} of a memory that holds {}", self.len())))
            }
        }
    }
}
