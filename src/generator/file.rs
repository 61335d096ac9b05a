//! Generators as safetensors files: weights by name, and what they belong to in the header's metadata.

use crate::disk;
use crate::nn::{floats, seal, unseal};
use crate::shown::Show;
use crate::space::{self, Space, UnknownSpace};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// Why a file is no generator.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot read the generator {}: {source}; a run keeps it when it ends, so go on with --resume", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a generator, or not a whole one.
    #[error(
        "{} is not a generator that search --out kept, or is damaged: {why}; `search --resume` writes that of a run again",
        path.shown()
    )]
    Foreign {
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

/// The file of a generator that a search kept, or one of the generators in it, not yet read whole.
#[derive(Debug, Clone)]
pub struct KeptFile {
    path: PathBuf,
    metadata: HashMap<String, String>,
    bytes: Arc<[u8]>,
    /// What the names of its tensors begin with.
    prefix: String,
}

impl KeptFile {
    /// Reads a file's bytes and metadata.
    ///
    /// # Errors
    /// [`FileError`] names the file and what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let bytes = std::fs::read(path).map_err(|source| FileError::Read { path: path.into(), source })?;
        Self::new(path, bytes)
    }

    /// A file that was read already; errors name it by its path.
    ///
    /// # Errors
    /// Bytes that are no whole file, or a damaged one.
    pub fn new(path: &Path, bytes: Vec<u8>) -> Result<Self, FileError> {
        let (metadata, _) = unseal(&bytes).map_err(|why| FileError::Foreign { path: path.into(), why })?;
        Ok(Self { path: path.into(), metadata, bytes: bytes.into(), prefix: String::new() })
    }

    /// The generators in it: itself, or one for each part of an architecture ([`super::PerPart`]).
    ///
    /// # Errors
    /// Another number of generators than the space has parts.
    pub fn each(&self) -> Result<Vec<Self>, FileError> {
        if !self.metadata.contains_key(PARTS) {
            return Ok(vec![self.clone()]);
        }
        let (found, parts) = (self.value::<usize>(PARTS)?, self.space()?.parts());
        if found != parts {
            return Err(self.foreign(format!("it holds {found} generators where the space has {parts} parts")));
        }
        Ok((0..parts).map(|part| Self { prefix: prefix(part), ..self.clone() }).collect())
    }

    /// Which generator it holds: `graphpnas` where the file, from an earlier version, does not say.
    #[must_use]
    pub fn generator(&self) -> &str {
        self.metadata.get("generator").map_or("graphpnas", String::as_str)
    }

    /// The space it draws from.
    ///
    /// # Errors
    /// A space that is missing or not known here.
    pub fn space(&self) -> Result<Arc<dyn Space>, FileError> {
        let name = self.metadata.get("space").ok_or_else(|| self.foreign("it names no space"))?;
        space::by_name(name).map_err(|source| FileError::Space { path: self.path.clone(), source })
    }

    /// A value of the metadata.
    ///
    /// # Errors
    /// One that is missing or of another kind.
    pub fn value<T: FromStr>(&self, key: &str) -> Result<T, FileError> {
        let text = self.metadata.get(key).ok_or_else(|| self.foreign(format!("it lacks the value '{key}'")))?;
        text.parse().map_err(|_| self.foreign(format!("its value '{key}' is '{text}'")))
    }

    /// The numbers of a tensor of that shape.
    ///
    /// # Errors
    /// A tensor that is missing, of another shape, or not of finite numbers.
    pub fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, FileError> {
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(|error| self.foreign(error))?;
        let name = &format!("{}{name}", self.prefix);
        let view = tensors.tensor(name).map_err(|_| self.foreign(format!("it lacks the tensor '{name}'")))?;
        if view.dtype() != Dtype::F32 || view.shape() != shape {
            let found = format!("{:?} {:?}, not F32 {shape:?}", view.dtype(), view.shape());
            return Err(self.foreign(format!("the tensor '{name}' is {found}")));
        }
        let numbers = floats(&view);
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(self.foreign(format!("the tensor '{name}' holds a number that is not finite")));
        }
        Ok(numbers)
    }

    /// An error that says why this file is no generator.
    #[must_use]
    pub fn foreign(&self, why: impl std::fmt::Display) -> FileError {
        FileError::Foreign { path: self.path.clone(), why: why.to_string() }
    }
}

/// A tensor that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptTensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub numbers: Vec<f32>,
}

/// A generator as it goes into a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// What the weights belong to: names and values of the header's metadata.
    pub metadata: Vec<(&'static str, String)>,
    /// The weights.
    pub tensors: Vec<KeptTensor>,
}

impl Kept {
    /// Several generators of one kind, one for each part, as one.
    pub(super) fn of_parts(parts: Vec<Kept>) -> Option<Kept> {
        let mut metadata = parts.first()?.metadata.clone();
        metadata.push((PARTS, parts.len().to_string()));
        let tensors = prefixed(parts.into_iter().map(|part| part.tensors));
        Some(Kept { metadata, tensors })
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        disk::replace(path, &encode(&self.metadata, &self.tensors)?)
    }
}

/// The metadata's word for the number of generators in a file.
const PARTS: &str = "parts";

fn prefix(part: usize) -> String {
    format!("part.{part}.")
}

/// The tensors of all parts, each under its name after that of its part.
pub(super) fn prefixed(parts: impl Iterator<Item = Vec<KeptTensor>>) -> Vec<KeptTensor> {
    let named = |(part, tensors): (usize, Vec<KeptTensor>)| {
        tensors.into_iter().map(move |tensor| KeptTensor { name: prefix(part) + &tensor.name, ..tensor })
    };
    parts.enumerate().flat_map(named).collect()
}

/// The tensors of one part out of those of all, under their own names.
pub(super) fn of_part(part: usize, tensors: &[KeptTensor]) -> Vec<KeptTensor> {
    let start = prefix(part);
    let own = |tensor: &KeptTensor| {
        let name = tensor.name.strip_prefix(&start)?.to_owned();
        Some(KeptTensor { name, ..tensor.clone() })
    };
    tensors.iter().filter_map(own).collect()
}

/// Tensors and metadata as the bytes of a safetensors file with a checksum.
///
/// # Errors
/// Numbers that do not fill their shape.
pub fn encode(metadata: &[(&str, String)], tensors: &[KeptTensor]) -> std::io::Result<Vec<u8>> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|tensor| tensor.numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let mut views = Vec::with_capacity(tensors.len());
    for (tensor, bytes) in tensors.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map_err(std::io::Error::other)?;
        views.push((tensor.name.as_str(), view));
    }
    let mut metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    seal(&mut metadata, &views);
    safetensors::serialize(views, Some(metadata)).map_err(std::io::Error::other)
}
