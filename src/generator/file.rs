//! Generators in files: weights by name, and what they belong to as texts.

use crate::nn::{Checkpoint, NamedTensor};
use crate::shown::Show;
use crate::space::{self, Space, UnknownSpace};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// Why a file is no generator.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot read the generator {}: {source}; a run saves it when it ends, so continue it with --resume", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a generator, or not a whole one.
    #[error(
        "{} is not a generator that `search --out` saved, or is damaged: {why}; `search --resume` writes that of a run again",
        path.shown()
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// The file names a space that is not known here.
    #[error("{}: {source}", path.shown())]
    Space {
        /// The file.
        path: PathBuf,
        /// The name and the known ones.
        source: UnknownSpace,
    },
}

/// The file of a saved generator, or one of the generators in it.
#[derive(Debug, Clone)]
pub struct SavedFile {
    path: PathBuf,
    checkpoint: Arc<Checkpoint>,
    /// The prefix of its tensors' names.
    prefix: String,
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

    /// Parses the bytes of a file; errors name its path.
    ///
    /// # Errors
    /// Bytes that are not a complete file, or a damaged one.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        let invalid = |why: String| FileError::Invalid { path: path.into(), why };
        let checkpoint = Checkpoint::parse(bytes).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { path: path.into(), checkpoint: Arc::new(checkpoint), prefix: String::new() })
    }

    /// The generators in it: itself, or one for each part of an architecture ([`super::PerPart`]).
    ///
    /// # Errors
    /// Another number of generators than the space has parts.
    pub fn generators(&self) -> Result<Vec<Self>, FileError> {
        if !self.checkpoint.texts.contains_key(PARTS) {
            return Ok(vec![self.clone()]);
        }
        let (found, parts) = (self.value::<usize>(PARTS)?, self.space()?.parts());
        if found != parts {
            return Err(self.invalid(format!("it has {found} generators, but the space has {parts} parts")));
        }
        Ok((0..parts).map(|part| Self { prefix: prefix(part), ..self.clone() }).collect())
    }

    /// The name of its generator: `graphpnas` if the file, from an earlier version, does not say.
    #[must_use]
    pub fn generator(&self) -> &str {
        self.checkpoint.texts.get("generator").map_or("graphpnas", String::as_str)
    }

    /// The space that it draws from.
    ///
    /// # Errors
    /// A space that is missing or unknown.
    pub fn space(&self) -> Result<Arc<dyn Space>, FileError> {
        let name = self.checkpoint.texts.get("space").ok_or_else(|| self.invalid("it does not name its space"))?;
        space::by_name(name).map_err(|source| FileError::Space { path: self.path.clone(), source })
    }

    /// A value of the metadata.
    ///
    /// # Errors
    /// A value that is missing or of another type.
    pub fn value<T: FromStr>(&self, key: &str) -> Result<T, FileError> {
        let text = self.checkpoint.texts.get(key).ok_or_else(|| self.invalid(format!("it lacks the value '{key}'")))?;
        text.parse().map_err(|_| self.invalid(format!("its value '{key}' is '{text}'")))
    }

    /// The elements of a tensor of this shape.
    ///
    /// # Errors
    /// A tensor that is missing, of another shape, or with an element that is not finite.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<&[f32], FileError> {
        let name = format!("{}{name}", self.prefix);
        let values = self.checkpoint.values(&name, shape).map_err(|error| self.invalid(error))?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(self.invalid(format!("the tensor '{name}' has an element that is not finite"))),
        }
    }

    /// An error that says why this file is not a generator.
    #[must_use]
    pub fn invalid(&self, why: impl std::fmt::Display) -> FileError {
        FileError::Invalid { path: self.path.clone(), why: why.to_string() }
    }
}

/// The key of the number of generators in a file.
const PARTS: &str = "parts";

fn prefix(part: usize) -> String {
    format!("part.{part}.")
}

/// Several generators of one kind, one for each part, as one checkpoint with the texts of the first.
pub(super) fn join_parts(parts: Vec<Checkpoint>) -> Checkpoint {
    let texts = parts.first().map(|part| part.texts.clone()).unwrap_or_default();
    let mut joined = Checkpoint::new(texts, Vec::new());
    joined.texts.insert(PARTS.to_owned(), parts.len().to_string());
    for (part, checkpoint) in parts.into_iter().enumerate() {
        joined.nest(&prefix(part), checkpoint.tensors);
    }
    joined
}

/// The tensors of one part out of those of all, under their own names.
pub(super) fn tensors_of_part(part: usize, joined: &Checkpoint) -> Vec<NamedTensor> {
    joined.nested(&prefix(part))
}
