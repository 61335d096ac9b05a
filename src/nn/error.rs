//! Errors of checkpoints.

use crate::formats::{FileFormat, Purpose};
use crate::shown::Show;
use crate::tape::TapeError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An error in the content of a checkpoint, which may not be a file.
#[derive(Debug, Error)]
pub enum ContentError {
    /// Not the bytes of a checkpoint, or a text that is missing or of another type.
    #[error("{0}")]
    Invalid(String),
    /// A tensor that does not match.
    #[error("{why} '{tensor}'")]
    Tensor {
        /// The tensor's name.
        tensor: String,
        /// The problem, as text that precedes the name.
        why: String,
    },
    /// The device could not read or write the values.
    #[error(transparent)]
    Store(#[from] TapeError),
}

impl ContentError {
    pub(super) fn tensor(why: impl Into<String>, tensor: &str) -> Self {
        Self::Tensor { tensor: tensor.to_owned(), why: why.into() }
    }
}

/// An error of a checkpoint. Every message names the file.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("cannot {doing} the checkpoint {}: {source}", path.shown())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        doing: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is truncated, damaged, or of another type.
    #[error(
        "{} is not a complete checkpoint ({why}): it is truncated, damaged or of another type; restore it from a copy or \
         train the network again",
        path.shown()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The error of the reader.
        why: String,
    },
    /// The file has the format of another program.
    #[error("{} is {}; {}", path.shown(), kind.name(), kind.remedy(Purpose::Checkpoint))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its type.
        kind: FileFormat,
    },
    /// The tensors of the file do not match those of the store.
    #[error("the checkpoint {} does not fit: {why} '{tensor}'", path.shown())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The problem, as text that precedes the name.
        why: String,
    },
    /// The device could not read or write the values.
    #[error("the checkpoint {}: {source}", path.shown())]
    Store {
        /// The file.
        path: PathBuf,
        /// The store's error.
        source: TapeError,
    },
}

impl CheckpointError {
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), doing, source }
    }

    pub(super) fn format(path: &Path) -> impl FnOnce(ContentError) -> Self {
        move |error| Self::Format { path: path.to_owned(), why: error.to_string() }
    }

    /// Adds the path of the file to an error of its content.
    pub fn content(path: &Path) -> impl FnOnce(ContentError) -> Self {
        move |error| match error {
            ContentError::Tensor { tensor, why } => Self::Tensor { path: path.to_owned(), tensor, why },
            ContentError::Store(source) => Self::Store { path: path.to_owned(), source },
            ContentError::Invalid(why) => Self::Format { path: path.to_owned(), why },
        }
    }
}
