//! Errors of reading and writing benchmark tables.

use super::columns::UnknownDataset;
use crate::shown::Show;
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a table could not be read or written. Every message names the file and the remedy.
#[derive(Debug, Error)]
pub enum TableError {
    /// The table does not have the dataset.
    #[error(transparent)]
    Dataset(#[from] UnknownDataset),
    /// The file could not be read.
    #[error("cannot read the table {}: {source}; give the benchmark's file", path.shown())]
    Read {
        /// The table.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The content is not a valid table of the benchmark.
    #[error("{}{position}: {what}; {remedy}", path.shown())]
    Content {
        /// The table.
        path: PathBuf,
        /// The position in the file.
        position: Position,
        /// The problem.
        what: String,
        /// The remedy.
        remedy: &'static str,
    },
    /// A table of an own space has no such column.
    #[error("{}: the table has no column '{column}'{hint}; its columns are {known}", path.shown())]
    Column {
        /// The table.
        path: PathBuf,
        /// The requested column.
        column: String,
        /// A suggestion, or nothing.
        hint: String,
        /// The columns of the file.
        known: String,
    },
    /// The table could not be written.
    #[error("cannot write the table {}: {source}", path.shown())]
    Write {
        /// The table.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
}

/// A position in a file, in the unit of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The complete file.
    File,
    /// A line, counted from 1.
    Line(u64),
    /// A record.
    Record {
        /// Number of the record, counted from 1.
        number: u64,
        /// Byte offset of the record.
        offset: u64,
    },
    /// A byte offset.
    Byte(u64),
}

impl fmt::Display for Position {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(to, ", line {line}"),
            Self::Record { number, offset } => write!(to, ", record {number} at byte {offset}"),
            Self::Byte(byte) => write!(to, ", byte {byte}"),
        }
    }
}

pub(super) const FETCH_AGAIN: &str = "the file seems damaged or cut off, fetch it again";
pub(super) const OTHER_FILE: &str = "give the table of the search space";
pub(super) const CONVERT_AGAIN: &str = "convert its CSV file again with `graphpnas data convert`";
pub(super) const ANOTHER_UNIT: &str =
    "give the unit of other values with --unit, and --goal min if the smallest is best";

impl TableError {
    pub(super) fn content(path: &Path, position: Position, what: impl Into<String>, remedy: &'static str) -> Self {
        Self::Content { path: path.into(), position, what: what.into(), remedy }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Read { path: path.into(), source }
    }
}

/// Returns the line of the row of a CSV file that starts at a byte. The position that the crate `csv` counts itself is
/// one too small after line breaks of two characters, of which it leaves the second to the next row.
pub(super) fn line_of(bytes: &[u8], at: u64) -> u64 {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let breaks = bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + bytes[..at + breaks].iter().filter(|byte| **byte == b'\n').count() as u64
}
