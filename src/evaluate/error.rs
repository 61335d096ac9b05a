//! Why a benchmark's file could not be read: every message names the file and says what to do.

use super::columns::UnknownDataset;
use crate::shown::Show;
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a table could not be read. Every message names the file and says what to do.
#[derive(Debug, Error)]
pub enum TableError {
    /// The table has no such dataset.
    #[error(transparent)]
    Dataset(#[from] UnknownDataset),
    /// The file could not be read.
    #[error("cannot read the table {}: {source}; give the benchmark's file", path.shown())]
    Read {
        /// The table.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's content is not the benchmark's table.
    #[error("{}{place}: {what}; {remedy}", path.shown())]
    Content {
        /// The table.
        path: PathBuf,
        /// Where in the file.
        place: Place,
        /// What is wrong there.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The table could not be written.
    #[error("cannot write the table {}: {source}", path.shown())]
    Write {
        /// The table.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A place in a file, as its kind of file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line of text, from 1.
    Line(u64),
    /// A record, from 1, and the byte it starts at.
    Record {
        /// The record's number.
        number: u64,
        /// Bytes before it.
        offset: u64,
    },
    /// A byte, from 0.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(to, ", line {line}"),
            Self::Record { number, offset } => write!(to, ", record {number} at byte {offset}"),
            Self::Byte(byte) => write!(to, ", byte {byte}"),
        }
    }
}

pub(super) const FETCH_AGAIN: &str = "the file seems damaged or cut off, fetch it again";
pub(super) const OTHER_FILE: &str = "give the table that belongs to the space";

impl TableError {
    pub(super) fn content(path: &Path, place: Place, what: impl Into<String>, remedy: &'static str) -> Self {
        Self::Content { path: path.into(), place, what: what.into(), remedy }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Read { path: path.into(), source }
    }
}
