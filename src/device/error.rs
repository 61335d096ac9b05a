//! What can go wrong on a device, each with a sentence that says what to do.

use super::room::available;
use thiserror::Error;

/// An error of a device; messages end in a remedy. What they call the device may be a GPU or software on the processor.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The machine has not enough memory left.
    #[error("not enough memory for {what}: {} needed{}", human(*.needed), left(*.available))]
    NoMemory {
        /// Bytes asked for.
        needed: u64,
        /// Bytes that the machine has left, where it tells.
        available: Option<u64>,
        /// What the bytes were for.
        what: String,
    },
    /// The device has no memory left for a buffer.
    #[error("the device has no memory left for {what} ({}): use a smaller batch or --device cpu", human(*.needed))]
    OutOfMemory {
        /// Bytes asked for; 0 where the request is not one buffer.
        needed: u64,
        /// What the bytes were for.
        what: String,
    },
    /// One buffer would be larger than the device allows.
    #[error("{what} needs a buffer of {}, but this device allows {} in one buffer: use a smaller batch or --device cpu", human(*.bytes), human(*.limit))]
    BufferTooLarge {
        /// What the buffer was for.
        what: String,
        /// Bytes asked for.
        bytes: u64,
        /// The device's `max_buffer_size`.
        limit: u64,
    },
    /// One operand of a kernel is larger than the device can bind.
    #[error("{operand} of the kernel {kernel} is {}, but this device binds at most {}: use a smaller batch or --device cpu", human(*.bytes), human(*.limit))]
    BindingTooLarge {
        /// The kernel's label.
        kernel: String,
        /// Which operand.
        operand: String,
        /// Bytes asked for.
        bytes: u64,
        /// The device's limit for such a binding.
        limit: u64,
    },
    /// A kernel has more operands than the device can bind.
    #[error(
        "the kernel {kernel} has {wanted} operands, but this device binds at most {limit}: use another device or --device cpu"
    )]
    TooManyBindings {
        /// The kernel's label.
        kernel: String,
        /// Storage operands of the kernel.
        wanted: u32,
        /// The device's `max_storage_buffers_per_shader_stage`.
        limit: u32,
    },
    /// A dispatch has more workgroups along one axis than the device allows.
    #[error(
        "the kernel {kernel} was started with {groups:?} workgroups, but this device allows {limit} along an axis: use a smaller batch or --device cpu"
    )]
    TooManyGroups {
        /// The kernel's label.
        kernel: String,
        /// Workgroups asked for.
        groups: [u32; 3],
        /// The device's `max_compute_workgroups_per_dimension`.
        limit: u32,
    },
    /// The device refused a shader, a binding or a command.
    #[error("the device refused a command ({0}): use --device cpu and report this as a bug")]
    Validation(String),
    /// The device is gone; nothing more can be done with it.
    #[error("the device was lost ({0}): start again, with --device cpu if it happens again")]
    Lost(String),
    /// No adapter fits what was asked for.
    #[error("no device matches \"{asked}\" (known here: {}): pick one of those or use --device cpu", names(.known))]
    NoAdapter {
        /// What was asked for.
        asked: String,
        /// The adapters of this machine, as `index: name`.
        known: Vec<String>,
    },
    /// More than one adapter fits the name that was asked for.
    #[error("\"{asked}\" matches more than one device ({}): give the number of one of them or a longer part of its name", names(.matches))]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// The adapters that fit, as `index: name`.
        matches: Vec<String>,
    },
    /// The text does not name a device.
    #[error("\"{0}\" names no device: use auto, cpu, the number of an adapter or a part of its name")]
    BadChoice(String),
    /// The adapter is there but would not open.
    #[error("the device could not be opened ({0}): update its driver or use --device cpu")]
    Request(String),
    /// The device did not answer in time.
    #[error("the device did not finish within {seconds} s: use a smaller batch or --device cpu")]
    Timeout {
        /// How long was waited.
        seconds: u64,
    },
}

impl DeviceError {
    /// Whether there is no room for what was asked for.
    #[must_use]
    pub fn is_of_memory(&self) -> bool {
        matches!(
            self,
            Self::NoMemory { .. }
                | Self::OutOfMemory { .. }
                | Self::BufferTooLarge { .. }
                | Self::BindingTooLarge { .. }
        )
    }

    /// [`DeviceError::NoMemory`] of a refused allocation, with what the machine has left.
    #[must_use]
    pub fn no_memory(needed: u64, what: &str) -> Self {
        Self::NoMemory { needed, available: available(), what: what.to_owned() }
    }
}

fn left(available: Option<u64>) -> String {
    available.map_or_else(String::new, |bytes| format!(", {} available", human(bytes)))
}

/// Bytes in a unit a person can read.
#[must_use]
pub fn human(bytes: u64) -> String {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    for (unit, shift) in UNITS {
        if bytes >> shift > 0 {
            return format!("{:.1} {unit}", bytes as f64 / (1u64 << shift) as f64);
        }
    }
    format!("{bytes} bytes")
}

/// A list of names for a message.
fn names(list: &[String]) -> String {
    if list.is_empty() {
        return "none".to_owned();
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{DeviceError, human};

    #[test]
    fn bytes_are_readable() {
        assert_eq!(human(12), "12 bytes");
        assert_eq!(human(1536), "1.5 KiB");
        assert_eq!(human(5 << 30), "5.0 GiB");
    }

    #[test]
    fn no_known_adapter_reads_as_none() {
        let error = DeviceError::NoAdapter { asked: "x".to_owned(), known: Vec::new() };
        assert!(error.to_string().contains("known here: none"));
    }
}
