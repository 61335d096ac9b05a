//! The first error a device reported outside of any call.

use std::sync::{Arc, Mutex, PoisonError};

use super::error::DeviceError;

/// A place for one error, shared with wgpu's callbacks.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<Mutex<Option<DeviceError>>>);

impl Fault {
    /// Keeps `error` unless one is kept already; a lost device wins over all.
    pub(super) fn set(&self, error: DeviceError) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = matches!(*slot, Some(DeviceError::Lost(_)));
        if slot.is_none() || (!lost && matches!(error, DeviceError::Lost(_))) {
            *slot = Some(error);
        }
    }

    /// The error that is kept, if any.
    pub(super) fn check(&self) -> Result<(), DeviceError> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.clone().map_or(Ok(()), Err)
    }

    /// Routes everything that `device` reports on its own here.
    pub(super) fn watch(&self, device: &wgpu::Device) {
        let fault = self.clone();
        device.on_uncaptured_error(Arc::new(move |error| fault.set(typed(&error, 0, "a command"))));
        let fault = self.clone();
        device.set_device_lost_callback(move |reason, message| {
            fault.set(DeviceError::Lost(format!("{reason:?} {message}").trim_end().to_owned()));
        });
    }
}

/// A wgpu error as one of ours.
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
    fn the_first_error_stays_but_a_loss_wins() {
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
    fn an_allocation_that_fails_says_what_it_was_for() {
        let source = std::io::Error::from(std::io::ErrorKind::OutOfMemory).into();
        let error = typed(&wgpu::Error::OutOfMemory { source }, 3 << 20, "the weights");
        let text = error.to_string();
        assert!(text.contains("the weights (3.0 MiB): use a smaller batch"), "{text}");
    }
}
