//! The device that runs kernels, and arrays in its memory.

use super::adapter::{DeviceChoice, choose};
use super::error::DeviceError;
use super::free_memory::available;
use super::gpu::Gpu;
use super::pool::Buffer;

/// Alignment of tensors, in elements: 256 bytes, which satisfies the binding alignment of every adapter.
pub const ALIGNMENT: usize = 64;

/// The device that runs the kernels.
///
/// ```
/// use graphpnas::device::{Device, DeviceChoice};
///
/// let device = Device::open(&"cpu".parse::<DeviceChoice>()?)?;
/// let mut memory = device.memory(4, "an example")?;
/// memory.write(0, &[1.0, 2.0, 3.0, 4.0])?;
/// let mut values = [0.0; 2];
/// memory.read(2, &mut values)?;
/// assert_eq!(values, [3.0, 4.0]);
/// # Ok::<(), graphpnas::device::DeviceError>(())
/// ```
#[derive(Debug, Clone)]
pub enum Device {
    /// The CPU, with the Rust twins of the kernels.
    Cpu,
    /// A GPU, with the shaders of the kernels.
    Gpu(Gpu),
}

impl Device {
    /// Returns how many networks are trained or scored at the same time: `threads` on the CPU, one on a GPU.
    #[must_use]
    pub fn threads(&self, threads: usize) -> usize {
        if matches!(self, Self::Cpu) { threads } else { 1 }
    }

    /// Opens the requested device.
    ///
    /// # Errors
    /// [`DeviceError::NoAdapter`] if no adapter matches, [`DeviceError::Ambiguous`] if several match, and
    /// [`DeviceError::Request`] if the adapter cannot be opened.
    pub fn open(choice: &DeviceChoice) -> Result<Self, DeviceError> {
        Ok(match choose(choice)? {
            None => Self::Cpu,
            Some(adapter) => Self::Gpu(Gpu::open(adapter)?),
        })
    }

    /// Returns the adapter's name, or `cpu`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu(gpu) => gpu.name(),
        }
    }

    /// Allocates `len` elements, all zero. `what` names their purpose in errors.
    ///
    /// # Errors
    /// [`DeviceError::BufferTooLarge`] and [`DeviceError::OutOfMemory`] on a GPU, [`DeviceError::NoMemory`] on the CPU.
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

/// Allocations below this many bytes are not compared with the available memory, because reading it takes several file
/// reads.
const SMALL: u64 = 64 << 20;

/// Checks that `bytes` bytes are available, if the system reports it. Linux grants more memory than it has and later
/// kills processes that use it, so a failed allocation is not enough. `what` names the purpose in the error.
///
/// # Errors
/// [`DeviceError::NoMemory`].
pub fn check_memory(bytes: u64, what: &str) -> Result<(), DeviceError> {
    let left = if bytes < SMALL { None } else { available() };
    match left {
        Some(left) if bytes > left => {
            Err(DeviceError::NoMemory { needed: bytes, available: Some(left), what: what.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Allocates `len` zeros in main memory. `what` names their purpose in the error.
///
/// # Errors
/// [`DeviceError::NoMemory`].
pub fn zeroed(len: usize, what: &str) -> Result<Vec<f32>, DeviceError> {
    let bytes = (len as u64).saturating_mul(4);
    check_memory(bytes, what)?;
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| DeviceError::no_memory(bytes, what))?;
    values.resize(len, 0.0);
    Ok(values)
}

/// An array of 32-bit elements on a device. Integers are stored as their bits.
#[derive(Debug)]
pub enum Memory {
    /// In main memory.
    Cpu(Vec<f32>),
    /// In the memory of a GPU.
    Gpu {
        /// The GPU.
        gpu: Gpu,
        /// The buffer with the elements.
        buffer: Buffer,
        /// Number of elements.
        len: usize,
    },
}

impl Memory {
    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Cpu(values) => values.len(),
            Self::Gpu { len, .. } => *len,
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes `data` from element `offset` on.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the memory, or an error of the device.
    pub fn write(&mut self, offset: usize, data: &[f32]) -> Result<(), DeviceError> {
        self.check(offset, data.len())?;
        match self {
            Self::Cpu(values) => values[offset..offset + data.len()].copy_from_slice(data),
            Self::Gpu { gpu, buffer, .. } => gpu.write(buffer, 4 * offset as u64, bytemuck::cast_slice(data))?,
        }
        Ok(())
    }

    /// Sets `len` elements from element `offset` on to zero.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the memory, or an error of the device.
    pub fn clear(&mut self, offset: usize, len: usize) -> Result<(), DeviceError> {
        self.check(offset, len)?;
        match self {
            Self::Cpu(values) => values[offset..offset + len].fill(0.0),
            Self::Gpu { gpu, buffer, .. } => gpu.clear_range(buffer, 4 * offset as u64, 4 * len as u64)?,
        }
        Ok(())
    }

    /// Reads into `out` from element `offset` on, after all submitted work has run.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the memory, or an error of the device.
    pub fn read(&self, offset: usize, out: &mut [f32]) -> Result<(), DeviceError> {
        self.check(offset, out.len())?;
        match self {
            Self::Cpu(values) => out.copy_from_slice(&values[offset..offset + out.len()]),
            Self::Gpu { gpu, buffer, .. } => gpu.read(buffer, 4 * offset as u64, bytemuck::cast_slice_mut(out))?,
        }
        Ok(())
    }

    fn check(&self, offset: usize, len: usize) -> Result<(), DeviceError> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len() => Ok(()),
            _ => Err(DeviceError::Validation(format!(
                "{len} elements at offset {offset} exceed a memory of {} elements",
                self.len()
            ))),
        }
    }
}
