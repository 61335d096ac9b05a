//! GraphPNAS as a safetensors file: weights under the original's names, sizes in the header's metadata.

use super::dimensions::Dimensions;
use super::weights::{Named, Weights, named};
use crate::generator::file::{FileError, Kept, KeptFile, KeptTensor};

/// The metadata's word for this generator.
pub const NAME: &str = "graphpnas";

/// A generator as it is kept in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Name of the space it draws from.
    pub space: String,
    /// Its sizes.
    pub shape: Dimensions,
    /// Its weights.
    pub weights: Weights,
}

/// Names of the sizes in the metadata, in order.
const SIZES: [&str; 4] = ["hidden", "mixtures", "layers", "attention_hidden"];

impl Saved {
    /// It as it goes into a file.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let Dimensions { hidden, mixtures, layers, attention, .. } = self.shape;
        let sizes = [hidden, mixtures, layers, attention].map(|size| size.to_string());
        let mut metadata: Vec<_> = SIZES.into_iter().zip(sizes).collect();
        metadata.extend([("generator", NAME.to_owned()), ("space", self.space.clone())]);
        let kept = |tensor: Named| {
            let numbers = self.weights.get(&tensor);
            KeptTensor { name: tensor.name, shape: tensor.shape, numbers }
        };
        Kept { metadata, tensors: named(&self.shape).into_iter().map(kept).collect() }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`FileError`] names the file and the first thing that is wrong with it.
    pub fn read(file: &KeptFile) -> Result<Self, FileError> {
        let mut sizes = [0; 4];
        for (size, key) in sizes.iter_mut().zip(SIZES) {
            *size = file.value(key)?;
        }
        let [hidden, mixtures, layers, attention] = sizes;
        let shape = Dimensions { limits: file.space()?.limits(), hidden, mixtures, layers, attention };
        shape.check().map_err(|error| file.foreign(error))?;
        let mut weights = Weights::zeros(&shape);
        for tensor in named(&shape) {
            weights.set(&tensor, &file.numbers(&tensor.name, &tensor.shape)?);
        }
        Ok(Self { space: file.space()?.name().to_owned(), shape, weights })
    }
}
