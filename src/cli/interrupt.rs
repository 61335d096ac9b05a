//! Ctrl-C and SIGTERM: the first asks what runs to stop and keep what it has, the second ends the process at once. And the
//! signal of a file that grows beyond the limit on file sizes.

use super::error::CliError;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a process that is ended by a signal exits with, less the signal's number.
const EXIT: u8 = 128;

/// Makes a write beyond the limit on file sizes (`ulimit -f`) an error like one on a full disk. Without a handler the system
/// ends the process instead.
///
/// # Errors
/// When the system refuses a handler.
#[cfg(unix)]
pub(super) fn outlive_file_limit() -> Result<(), CliError> {
    // Nobody reads the flag: the write fails with EFBIG, and that is reported.
    let registered = register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
    registered.map(|_| ()).map_err(|error| CliError::Failed(format!("cannot handle the signal SIGXFSZ: {error}")))
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub(super) fn outlive_file_limit() -> Result<(), CliError> {
    Ok(())
}

/// The signal that came, if one did.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Watches for both signals from now on.
    pub(super) fn watch() -> Result<Self, CliError> {
        let (number, came) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the flag is not set yet when the first signal comes.
            register_conditional_shutdown(signal, i32::from(EXIT) + signal, Arc::clone(&came))
                .and_then(|_| register(signal, Arc::clone(&came)))
                .and_then(|_| register_usize(signal, Arc::clone(&number), signal.unsigned_abs() as usize))
                .map_err(|error| CliError::Failed(format!("cannot watch for Ctrl-C: {error}")))?;
        }
        Ok(Self(number))
    }

    /// Whether a signal came.
    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// The exit code after the signal that came.
    pub(super) fn exit_code(&self) -> u8 {
        u8::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0).saturating_add(EXIT)
    }
}
