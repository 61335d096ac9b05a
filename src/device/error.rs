//! Errors of a device.

use super::free_memory::available;
use thiserror::Error;

/// An error of a device. Each message ends with a remedy. The device may be a GPU or a software renderer on the CPU.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The machine does not have enough free memory.
    #[error("not enough memory for {what}: {} needed{}", format_bytes(*.needed), available_suffix(*.available))]
    NoMemory {
        /// Bytes requested.
        needed: u64,
        /// Bytes available on the machine, if known.
        available: Option<u64>,
        /// Purpose of the memory.
        what: String,
    },
    /// The device does not have enough free memory for a buffer.
    #[error("the device has not enough free memory for {what} ({}): use a smaller batch or --device cpu", format_bytes(*.needed))]
    OutOfMemory {
        /// Bytes requested; 0 if the request is not a single buffer.
        needed: u64,
        /// Purpose of the memory.
        what: String,
    },
    /// The requested buffer exceeds the device's limit.
    #[error("{what} needs a buffer of {}, but this device allows {} in one buffer: use a smaller batch or --device cpu", format_bytes(*.bytes), format_bytes(*.limit))]
    BufferTooLarge {
        /// Purpose of the buffer.
        what: String,
        /// Bytes requested.
        bytes: u64,
        /// The device's `max_buffer_size`.
        limit: u64,
    },
    /// A kernel operand exceeds the device's binding size limit.
    #[error("{operand} of the kernel {kernel} is {}, but this device binds at most {}: use a smaller batch or --device cpu", format_bytes(*.bytes), format_bytes(*.limit))]
    BindingTooLarge {
        /// The kernel's label.
        kernel: String,
        /// The operand.
        operand: String,
        /// Bytes requested.
        bytes: u64,
        /// The device's limit for this type of binding.
        limit: u64,
    },
    /// A kernel has more operands than the device can bind.
    #[error(
        "the kernel {kernel} has {wanted} operands, but this device binds at most {limit}: use another device or --device cpu"
    )]
    TooManyBindings {
        /// The kernel's label.
        kernel: String,
        /// Number of storage operands of the kernel.
        wanted: u32,
        /// The device's `max_storage_buffers_per_shader_stage`.
        limit: u32,
    },
    /// A dispatch exceeds the device's limit on workgroups along one axis.
    #[error(
        "the kernel {kernel} was started with {groups:?} workgroups, but this device allows {limit} along an axis: use a smaller batch or --device cpu"
    )]
    TooManyGroups {
        /// The kernel's label.
        kernel: String,
        /// Workgroups requested.
        groups: [u32; 3],
        /// The device's `max_compute_workgroups_per_dimension`.
        limit: u32,
    },
    /// The device rejected a shader, a binding or a command.
    #[error("the device rejected a command ({0}): use --device cpu and report this as a bug")]
    Validation(String),
    /// The device was lost and cannot be used any more.
    #[error("the device was lost ({0}): run the command again, with --device cpu if the error persists")]
    Lost(String),
    /// No adapter matches the request.
    #[error("no device matches \"{asked}\" (available: {}): choose one of these or use --device cpu", names(.known))]
    NoAdapter {
        /// The requested name or index.
        asked: String,
        /// The adapters of this machine, as `index: name`.
        known: Vec<String>,
    },
    /// More than one adapter matches the requested name.
    #[error("\"{asked}\" matches more than one device ({}): use the index of one of them or a longer part of its name", names(.matches))]
    Ambiguous {
        /// The requested name.
        asked: String,
        /// The matching adapters, as `index: name`.
        matches: Vec<String>,
    },
    /// The text is not a valid device choice.
    #[error("\"{0}\" is not a device: use auto, cpu, the index of an adapter or a part of its name")]
    BadChoice(String),
    /// The adapter exists but could not be opened.
    #[error("the device could not be opened ({0}): update its driver or use --device cpu")]
    Request(String),
    /// The device did not finish in time.
    #[error("the device did not finish within {seconds} s: use a smaller batch or --device cpu")]
    Timeout {
        /// The time limit, in seconds.
        seconds: u64,
    },
}

impl DeviceError {
    /// Whether the request needs more memory than is available or allowed.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        matches!(
            self,
            Self::NoMemory { .. }
                | Self::OutOfMemory { .. }
                | Self::BufferTooLarge { .. }
                | Self::BindingTooLarge { .. }
        )
    }

    /// Returns [`DeviceError::NoMemory`] for a failed allocation, with the memory that is still available.
    #[must_use]
    pub fn no_memory(needed: u64, what: &str) -> Self {
        Self::NoMemory { needed, available: available(), what: what.to_owned() }
    }
}

fn available_suffix(available: Option<u64>) -> String {
    available.map_or_else(String::new, |bytes| format!(", {} available", format_bytes(bytes)))
}

/// Formats bytes with a human-readable unit.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    for (unit, shift) in UNITS {
        if bytes >> shift > 0 {
            return format!("{:.1} {unit}", bytes as f64 / (1u64 << shift) as f64);
        }
    }
    format!("{bytes} bytes")
}

/// Joins names for a message.
fn names(list: &[String]) -> String {
    if list.is_empty() {
        return "none".to_owned();
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{DeviceError, format_bytes};

    #[test]
    fn bytes_are_formatted_with_units() {
        assert_eq!(format_bytes(12), "12 bytes");
        assert_eq!(format_bytes(1536), "1.5 KiB");
        assert_eq!(format_bytes(5 << 30), "5.0 GiB");
    }

    #[test]
    fn no_available_adapter_is_shown_as_none() {
        let error = DeviceError::NoAdapter { asked: "x".to_owned(), known: Vec::new() };
        assert!(error.to_string().contains("available: none"));
    }
}
