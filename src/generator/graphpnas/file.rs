//! GraphPNAS as a safetensors file: weights under the names of the reference implementation, sizes in the metadata.

use super::dimensions::Dimensions;
use super::weights::{GeneratorWeights, tensor_layouts};
use crate::generator::file::{FileError, SavedFile};
use crate::nn::Checkpoint;

/// The generator's name, in the configuration and in files.
pub const NAME: &str = "graphpnas";

/// A saved generator.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedGraphPnas {
    /// Its search space: name or definition.
    pub space: String,
    /// Its dimensions.
    pub dimensions: Dimensions,
    /// Its weights.
    pub weights: GeneratorWeights,
}

/// Metadata keys of the sizes, in order.
const SIZES: [&str; 4] = ["hidden", "mixtures", "layers", "attention_hidden"];

impl SavedGraphPnas {
    /// Converts the generator to a checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let Dimensions { hidden, mixtures, layers, attention, .. } = self.dimensions;
        let mut checkpoint = Checkpoint::default();
        for (key, size) in SIZES.into_iter().zip([hidden, mixtures, layers, attention]) {
            checkpoint.texts.insert(key.to_owned(), size.to_string());
        }
        for (key, text) in [("generator", NAME), ("space", &self.space)] {
            checkpoint.texts.insert(key.to_owned(), text.to_owned());
        }
        for tensor in tensor_layouts(&self.dimensions) {
            checkpoint.push(&*tensor.name, &tensor.shape, self.weights.get(&tensor));
        }
        checkpoint
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`FileError`] names the file and the first problem.
    pub fn read(file: &SavedFile) -> Result<Self, FileError> {
        let mut sizes = [0; 4];
        for (size, key) in sizes.iter_mut().zip(SIZES) {
            *size = file.value(key)?;
        }
        let [hidden, mixtures, layers, attention] = sizes;
        let dimensions = Dimensions { limits: file.target()?.limits(), hidden, mixtures, layers, attention };
        dimensions.check().map_err(|error| file.invalid(error))?;
        let mut weights = GeneratorWeights::zeros(&dimensions);
        for tensor in tensor_layouts(&dimensions) {
            weights.set(&tensor, file.values(&tensor.name, &tensor.shape)?);
        }
        Ok(Self { space: file.space()?.reference().to_owned(), dimensions, weights })
    }
}
