//! Errors of fetching data sets.

use crate::shown::Show;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Why a data set could not be fetched. Every message names the remedy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or an invalid certificate.
    #[error(
        "cannot reach {url} ({why}); check the connection, give another address with --from, or save the archive as {} \
         and run this again", part.shown()
    )]
    Unreachable {
        /// The address.
        url: String,
        /// The reason.
        why: String,
        /// The path of the download.
        part: PathBuf,
    },
    /// The server returned an HTTP error.
    #[error("the server returned HTTP status {status} for {url}; {}", remedy(*.status))]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The file on the server has an unexpected size.
    #[error("{url} has {found} bytes, not {expected}; it is a different file, give another address with --from")]
    Size {
        /// The address.
        url: String,
        /// Bytes of the file on the server.
        found: u64,
        /// Bytes of the archive.
        expected: u64,
    },
    /// The server sent a wrong or unreadable `Content-Range` header.
    #[error("the server of {url} sent another byte range than requested ({answer}); give another address with --from")]
    Range {
        /// The address.
        url: String,
        /// The header.
        answer: String,
    },
    /// The server sent nothing for the time limit.
    #[error(
        "the server sent nothing for {} s after {have} of {bytes} bytes; run this again to resume", after.as_secs_f32()
    )]
    Stalled {
        /// The time limit.
        after: Duration,
        /// Bytes on disk.
        have: u64,
        /// Bytes of the archive.
        bytes: u64,
    },
    /// The connection ended early.
    #[error("the connection ended after {have} of {bytes} bytes ({why}); run this again to resume")]
    CutOff {
        /// Bytes on disk.
        have: u64,
        /// Bytes of the archive.
        bytes: u64,
        /// The operating system's error.
        why: String,
    },
    /// The checksum of the archive differs from the published one.
    #[error(
        "{} was removed because its SHA-256 is {found}, not {expected}; run this again, or give another address with \
         --from",
        path.shown()
    )]
    Digest {
        /// The download.
        path: PathBuf,
        /// Its SHA-256.
        found: String,
        /// The published SHA-256.
        expected: &'static str,
    },
    /// The archive is damaged or not safe to unpack.
    #[error("{} was not unpacked: {what}", path.shown())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The reason.
        what: String,
    },
    /// Another process is downloading to the same file.
    #[error("{} is being written by another process; wait until it has finished", path.shown())]
    Busy {
        /// The download.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}; the partial download is saved, run this again to resume", path.shown())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
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
