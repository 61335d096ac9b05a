//! Writing to stdout and stderr; a reader that went away (`| head`) is not an error.

use super::error::CliError;
use crate::disk;
use serde::Serialize;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Prints text to stdout.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Stdout(error)),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all; what is there and is no file, such as a device, is written to as it is.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    disk::replace(path, bytes).map_err(|source| CliError::Write { path: path.into(), source })
}

/// A value as JSON text with a final line break.
pub(super) fn json(value: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::Text(error.to_string()))?;
    Ok(text + "\n")
}

/// Tells an error on stderr.
pub(super) fn complain(error: &CliError) {
    note(&format!("error: {error}"));
}

/// Tells a remark on stderr, where a failing write leaves nothing to be done.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
