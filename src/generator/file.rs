//! Generators as safetensors files: weights by name, and what they belong to in the header's metadata.

use crate::disk;
use crate::nn::{floats, seal, unseal};
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
    #[error("cannot read the generator {}: {source}; a run keeps it when it ends, so go on with --resume", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a generator, or not a whole one.
    #[error(
        "{} is not a generator that search --out kept, or is damaged: {why}; `search --resume` writes that of a run again",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// The file names a space that is not known here.
    #[error("{}: {source}", path.display())]
    Space {
        /// The file.
        path: PathBuf,
        /// The name and the known ones.
        source: UnknownSpace,
    },
}

/// The file of a generator that a search kept, not yet read whole.
#[derive(Debug, Clone)]
pub struct KeptFile {
    path: PathBuf,
    metadata: HashMap<String, String>,
    bytes: Vec<u8>,
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
        Ok(Self { path: path.into(), metadata, bytes })
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

/// Writes a generator's file whole or not at all.
pub(super) fn write(path: &Path, metadata: &[(&str, String)], tensors: &[KeptTensor]) -> std::io::Result<()> {
    disk::replace(path, &encode(metadata, tensors)?)
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
