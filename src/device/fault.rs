//! The first asynchronous error of a device, reported outside of any call.

use std::sync::{Arc, Mutex, PoisonError};

use super::error::DeviceError;

/// A slot for one error, shared with wgpu's callbacks.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<Mutex<Option<DeviceError>>>);

impl Fault {
    /// Stores `error` unless the slot already holds one. A lost device replaces any other error.
    pub(super) fn set(&self, error: DeviceError) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = matches!(*slot, Some(DeviceError::Lost(_)));
        if slot.is_none() || (!lost && matches!(error, DeviceError::Lost(_))) {
            *slot = Some(error);
        }
    }

    /// Returns the stored error, if any.
    pub(super) fn check(&self) -> Result<(), DeviceError> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.clone().map_or(Ok(()), Err)
    }

    /// Stores every asynchronous error of `device` in this slot.
    pub(super) fn watch(&self, device: &wgpu::Device) {
        let fault = self.clone();
        device.on_uncaptured_error(Arc::new(move |error| fault.set(typed(&error, 0, "a command"))));
        let fault = self.clone();
        device.set_device_lost_callback(move |reason, message| {
            fault.set(DeviceError::Lost(format!("{reason:?} {message}").trim_end().to_owned()));
        });
    }
}

/// Converts a wgpu error to a [`DeviceError`].
pub(super) fn typed(error: &wgpu::Error, needed: u64, what: &str) -> DeviceError {
    match error {
        wgpu::Error::OutOfMemory { .. } => DeviceError::OutOfMemory { needed, what: what.to_owned() },
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            DeviceError::Validation(format!("{what}: {}", description.trim()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceError, Fault, typed};

    #[test]
    fn the_first_error_is_stored_and_only_a_loss_replaces_it() {
        let (fault, lost) = (Fault::default(), DeviceError::Lost("unplugged".to_owned()));
        assert_eq!(fault.check(), Ok(()));
        let first = DeviceError::Validation("first".to_owned());
        fault.set(first.clone());
        fault.set(DeviceError::Validation("second".to_owned()));
        assert_eq!(fault.check(), Err(first));
        fault.set(lost.clone());
        fault.set(DeviceError::Validation("third".to_owned()));
        assert_eq!(fault.check(), Err(lost));
    }

    #[test]
    fn a_failed_allocation_names_its_purpose() {
        let source = std::io::Error::from(std::io::ErrorKind::OutOfMemory).into();
        let error = typed(&wgpu::Error::OutOfMemory { source }, 3 << 20, "the weights");
        let text = error.to_string();
        assert!(text.contains("the weights (3.0 MiB): use a smaller batch"), "{text}");
    }
}
