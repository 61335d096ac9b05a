//! Saved generators: named weights, with the space and the sizes as metadata.

use super::target::Target;
use crate::nn::{Checkpoint, NamedTensor};
use crate::shown::Show;
use crate::space::{self, Space, SpaceError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// Why a generator file could not be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file could not be read.
    #[error(
        "cannot read the generator {}: {source}; a run saves its generator at the end, so finish the run with --resume",
        path.shown()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The system error.
        source: std::io::Error,
    },
    /// The file is not a generator, or is incomplete.
    #[error(
        "{} is not a generator saved by `search --out`, or is damaged: {why}; `search --resume` saves the generator of \
         a run again",
        path.shown()
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The first problem found.
        why: String,
    },
    /// The file names an unknown space.
    #[error("{}: {source}", path.shown())]
    Space {
        /// The file.
        path: PathBuf,
        /// The unknown name and the known names.
        source: SpaceError,
    },
}

/// A generator file, or one of the generators in it.
#[derive(Debug, Clone)]
pub struct SavedFile {
    path: PathBuf,
    checkpoint: Arc<Checkpoint>,
    /// Prefix of the generator's tensor names.
    prefix: String,
    /// The part that the generator draws, if the file has one generator per part.
    part: Option<usize>,
}

impl SavedFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`] names the file and the problem.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let bytes = std::fs::read(path).map_err(|source| FileError::Read { path: path.into(), source })?;
        Self::parse(path, &bytes)
    }

    /// Parses the bytes of a file; errors name `path`.
    ///
    /// # Errors
    /// Incomplete or damaged bytes.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        let invalid = |why: String| FileError::Invalid { path: path.into(), why };
        let checkpoint = Checkpoint::parse(bytes).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { path: path.into(), checkpoint: Arc::new(checkpoint), prefix: String::new(), part: None })
    }

    /// Returns the generators in the file: itself, or one per part of an architecture ([`super::PerPart`]).
    ///
    /// # Errors
    /// The number of generators differs from the number of parts in the space.
    pub fn generators(&self) -> Result<Vec<Self>, FileError> {
        if !self.checkpoint.texts.contains_key(PARTS) {
            return Ok(vec![self.clone()]);
        }
        let (found, parts) = (self.value::<usize>(PARTS)?, self.space()?.parts());
        if found != parts {
            return Err(self.invalid(format!("it has {found} generators, but the space has {parts} parts")));
        }
        Ok((0..parts).map(|part| Self { prefix: prefix(part), part: Some(part), ..self.clone() }).collect())
    }

    /// Returns the generator's name; `graphpnas` for files of earlier versions, which do not store it.
    #[must_use]
    pub fn generator(&self) -> &str {
        self.checkpoint.texts.get("generator").map_or("graphpnas", String::as_str)
    }

    /// Returns the space of the generated graphs.
    ///
    /// # Errors
    /// The space is missing or unknown.
    pub fn space(&self) -> Result<Arc<dyn Space>, FileError> {
        let name = self.checkpoint.texts.get("space").ok_or_else(|| self.invalid("it does not name its space"))?;
        space::open(name).map_err(|source| FileError::Space { path: self.path.clone(), source })
    }

    /// Returns what the generator draws.
    ///
    /// # Errors
    /// The space is missing or unknown.
    pub fn target(&self) -> Result<Target, FileError> {
        let space = self.space()?;
        Ok(self.part.map_or_else(|| Target::all(&space), |part| Target::part(&space, part)))
    }

    /// Returns a metadata value.
    ///
    /// # Errors
    /// The value is missing or has another type.
    pub fn value<T: FromStr>(&self, key: &str) -> Result<T, FileError> {
        let text = self.checkpoint.texts.get(key).ok_or_else(|| self.invalid(format!("it lacks the value '{key}'")))?;
        text.parse().map_err(|_| self.invalid(format!("its value '{key}' is '{text}'")))
    }

    /// Returns the elements of a tensor.
    ///
    /// # Errors
    /// The tensor is missing, has another shape, or has an element that is not finite.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<&[f32], FileError> {
        let name = format!("{}{name}", self.prefix);
        let values = self.checkpoint.values(&name, shape).map_err(|error| self.invalid(error))?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(self.invalid(format!("the tensor '{name}' has an element that is not finite"))),
        }
    }

    /// Creates the error for an invalid file.
    #[must_use]
    pub fn invalid(&self, why: impl std::fmt::Display) -> FileError {
        FileError::Invalid { path: self.path.clone(), why: why.to_string() }
    }
}

/// The metadata key of the number of generators in a file.
const PARTS: &str = "parts";

fn prefix(part: usize) -> String {
    format!("part.{part}.")
}

/// Joins the checkpoints of one generator per part into one checkpoint with the texts of the first.
pub(super) fn join_parts(parts: Vec<Checkpoint>) -> Checkpoint {
    let texts = parts.first().map(|part| part.texts.clone()).unwrap_or_default();
    let mut joined = Checkpoint::new(texts, Vec::new());
    joined.texts.insert(PARTS.to_owned(), parts.len().to_string());
    for (part, checkpoint) in parts.into_iter().enumerate() {
        joined.nest(&prefix(part), checkpoint.tensors);
    }
    joined
}

/// Returns the tensors of one part without the part's name prefix.
pub(super) fn tensors_of_part(part: usize, joined: &Checkpoint) -> Vec<NamedTensor> {
    joined.nested(&prefix(part))
}
