//! Signals. The first Ctrl-C or SIGTERM asks the running work to save its state and stop; the second one ends the process
//! at once. SIGXFSZ (file size limit exceeded) becomes a write error.

use super::error::CliError;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Exit code of a process ended by a signal, minus the signal's number.
const EXIT: u8 = 128;

/// Makes a write beyond the file size limit (`ulimit -f`) return an error, as on a full disk. Without a handler the system
/// would end the process.
///
/// # Errors
/// If the system refuses the handler.
#[cfg(unix)]
pub(super) fn handle_file_size_limit() -> Result<(), CliError> {
    // The flag is not read: the write fails with EFBIG, which is reported.
    let registered = register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
    registered.map(|_| ()).map_err(|error| CliError::Failed(format!("cannot handle the signal SIGXFSZ: {error}")))
}

/// Does nothing: other systems have no such limit.
#[cfg(not(unix))]
pub(super) fn handle_file_size_limit() -> Result<(), CliError> {
    Ok(())
}

/// The received signal; 0 before the first one.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Installs handlers for both signals.
    pub(super) fn watch() -> Result<Self, CliError> {
        let (number, received) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the shutdown handler must see the flag unset at the first signal.
            register_conditional_shutdown(signal, i32::from(EXIT) + signal, Arc::clone(&received))
                .and_then(|_| register(signal, Arc::clone(&received)))
                .and_then(|_| register_usize(signal, Arc::clone(&number), signal.unsigned_abs() as usize))
                .map_err(|error| CliError::Failed(format!("cannot handle Ctrl-C and SIGTERM: {error}")))?;
        }
        Ok(Self(number))
    }

    /// Whether a signal was received.
    pub(super) fn received(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// The exit code for the received signal.
    pub(super) fn exit_code(&self) -> u8 {
        u8::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0).saturating_add(EXIT)
    }
}
