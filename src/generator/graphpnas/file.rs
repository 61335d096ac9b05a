//! The generator as a safetensors file: weights under the original's names, sizes and space in the header's metadata.

use super::shape::Shape;
use super::weights::{Weights, named};
use crate::space::{self, UnknownSpace};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A generator as it is kept in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Name of the space it draws from.
    pub space: String,
    /// Its sizes.
    pub shape: Shape,
    /// Its weights.
    pub weights: Weights,
}

/// Why a file is no generator.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot read the generator {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a generator, or not a whole one.
    #[error("{} is not a generator that search --out kept: {why}", path.display())]
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

/// Names of the sizes in the metadata, in order.
const SIZES: [&str; 4] = ["hidden", "mixtures", "layers", "attention_hidden"];

impl Saved {
    /// Writes the file, through to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let list = named(&self.shape);
        let bytes: Vec<Vec<u8>> =
            list.iter().map(|tensor| self.weights.get(tensor).iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
        let mut views = Vec::with_capacity(list.len());
        for (tensor, bytes) in list.iter().zip(&bytes) {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map_err(std::io::Error::other)?;
            views.push((tensor.name.as_str(), view));
        }
        let Shape { hidden, mixtures, layers, attention, .. } = self.shape;
        let sizes = [hidden, mixtures, layers, attention].map(|size| size.to_string());
        let mut metadata: HashMap<_, _> = SIZES.map(str::to_owned).into_iter().zip(sizes).collect();
        metadata.insert("space".to_owned(), self.space.clone());
        let text = safetensors::serialize(views, Some(metadata)).map_err(std::io::Error::other)?;
        let mut file = std::fs::File::create(path)?;
        std::io::Write::write_all(&mut file, &text)?;
        file.sync_all()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`FileError`] names the file and the first thing that is wrong with it.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = std::fs::read(path).map_err(|source| FileError::Read { path: path.into(), source })?;
        let foreign = |why: String| FileError::Foreign { path: path.into(), why };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| foreign(error.to_string()))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let name = metadata.get("space").ok_or_else(|| foreign("it names no space".to_owned()))?;
        let space = space::by_name(name).map_err(|source| FileError::Space { path: path.into(), source })?;
        let mut sizes = [0; 4];
        for (size, key) in sizes.iter_mut().zip(SIZES) {
            let text = metadata.get(key).ok_or_else(|| foreign(format!("it lacks the size '{key}'")))?;
            *size = text.parse().map_err(|_| foreign(format!("its size '{key}' is '{text}'")))?;
        }
        let [hidden, mixtures, layers, attention] = sizes;
        let shape = Shape { limits: space.limits(), hidden, mixtures, layers, attention };
        shape.check().map_err(|error| foreign(error.to_string()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| foreign(error.to_string()))?;
        let weights = weights(&shape, &tensors).map_err(foreign)?;
        Ok(Self { space: name.clone(), shape, weights })
    }
}

fn weights(shape: &Shape, tensors: &SafeTensors<'_>) -> Result<Weights, String> {
    let mut weights = Weights::zeros(shape);
    for tensor in named(shape) {
        let name = &tensor.name;
        let view = tensors.tensor(name).map_err(|_| format!("it lacks the tensor '{name}'"))?;
        if view.dtype() != Dtype::F32 || view.shape() != tensor.shape {
            let expected = &tensor.shape;
            return Err(format!("the tensor '{name}' is {:?} {:?}, not F32 {expected:?}", view.dtype(), view.shape()));
        }
        let numbers: Vec<f32> =
            view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(format!("the tensor '{name}' holds a number that is not finite"));
        }
        weights.set(&tensor, &numbers);
    }
    Ok(weights)
}
