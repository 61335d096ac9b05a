//! Why a data set could not be fetched, and what to do then.

use crate::shown::Show;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Why a data set could not be fetched. Every message says what stays and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or none that could be trusted.
    #[error(
        "cannot reach {url} ({why}); check the connection, give another address with --from, or put the archive at {} \
         and run this again", part.shown()
    )]
    Unreachable {
        /// The address.
        url: String,
        /// What failed.
        why: String,
        /// Where the archive belongs.
        part: PathBuf,
    },
    /// The server has no such file, or failed.
    #[error("the server answers {status} for {url}; {}", remedy(*.status))]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server has a file of another size.
    #[error("{url} has {found} bytes where {expected} belong; it is another file, give another address with --from")]
    Size {
        /// The address.
        url: String,
        /// Bytes it has.
        found: u64,
        /// Bytes the archive has.
        expected: u64,
    },
    /// The server continues at another place than asked for, or says nothing readable about it.
    #[error("the server of {url} does not continue where it was asked to ({answer}); give another address with --from")]
    Range {
        /// The address.
        url: String,
        /// The header it sent.
        answer: String,
    },
    /// No byte came for a while.
    #[error("the server was silent for {} s after {have} of {bytes} bytes; run this again to go on", after.as_secs_f32())]
    Stalled {
        /// How long.
        after: Duration,
        /// Bytes on disk.
        have: u64,
        /// Bytes the archive has.
        bytes: u64,
    },
    /// The connection ended early.
    #[error("the connection ended after {have} of {bytes} bytes ({why}); run this again to go on")]
    CutOff {
        /// Bytes on disk.
        have: u64,
        /// Bytes the archive has.
        bytes: u64,
        /// What the system said.
        why: String,
    },
    /// The archive is not the published one.
    #[error(
        "{} was removed: its SHA-256 is {found}, not {expected}; run this again, or give another address with --from",
        path.shown()
    )]
    Digest {
        /// The download.
        path: PathBuf,
        /// Its checksum.
        found: String,
        /// The published one.
        expected: &'static str,
    },
    /// The archive cannot be unpacked, or must not be.
    #[error("{} is not unpacked: {what}", path.shown())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another process downloads to the same file.
    #[error("{} is being written by another process; wait for it", path.shown())]
    Busy {
        /// The download.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}; what was downloaded stays, run this again to go on", path.shown())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn remedy(status: u16) -> &'static str {
    match status {
        500.. | 429 => "run this again later, or give another address with --from",
        _ => "give another address with --from",
    }
}

impl FetchError {
    pub(super) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::Read { path: path.into(), source }
    }

    pub(super) fn write(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::Write { path: path.into(), source }
    }
}
