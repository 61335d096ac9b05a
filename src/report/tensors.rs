//! The weights of a network by name, for export.

use super::error::ReportError;
use crate::child::Weights;
use crate::network::Network;
use crate::nn::Checkpoint;
use crate::tape::Store;
use std::collections::BTreeMap;

/// A dense tensor of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The shape, outermost axis first.
    pub shape: Vec<usize>,
    /// The values in row-major order.
    pub values: Vec<f32>,
}

/// Weights and running statistics by name: `NODE.weight`, `NODE.running_mean` and so on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tensors(BTreeMap<String, Array>);

impl Tensors {
    /// Reads the weights of a network from a store, without other tensors in it.
    ///
    /// # Errors
    /// The device fails.
    pub fn read(network: &Network, weights: &Weights, store: &Store) -> Result<Self, ReportError> {
        let mut tensors = Self::default();
        for slot in (0..network.nodes.len()).flat_map(|node| weights.of(node)) {
            tensors.insert(slot.name(), slot.shape(), store.read(slot)?);
        }
        Ok(tensors)
    }

    /// Inserts a tensor, or replaces the tensor with the same name.
    pub fn insert(&mut self, name: impl Into<String>, shape: &[usize], values: Vec<f32>) {
        self.0.insert(name.into(), Array { shape: shape.to_vec(), values });
    }

    /// Returns the tensor with this name.
    ///
    /// # Errors
    /// [`ReportError::Missing`].
    pub fn get(&self, name: &str) -> Result<&Array, ReportError> {
        self.0.get(name).ok_or_else(|| ReportError::Missing(name.to_owned()))
    }

    /// Iterates over all tensors, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.0.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// Checks that every weight of the network is present with its shape.
    ///
    /// # Errors
    /// A weight is missing or has another shape; the first one is reported.
    pub fn check(&self, network: &Network) -> Result<(), ReportError> {
        for node in &network.nodes {
            for weight in network.weights(node) {
                let name = format!("{}.{}", node.name, weight.suffix);
                let Array { shape, values } = self.get(&name)?;
                if *shape != weight.shape || values.len() != weight.len() {
                    return Err(ReportError::Shape { name, found: shape.clone(), expected: weight.shape });
                }
            }
        }
        Ok(())
    }

    /// Returns the content of a safetensors file with these texts and a checksum as metadata.
    ///
    /// # Errors
    /// The safetensors writer fails.
    pub fn safetensors(&self, texts: impl IntoIterator<Item = (String, String)>) -> Result<Vec<u8>, ReportError> {
        let mut checkpoint = Checkpoint::new(texts.into_iter().collect(), Vec::new());
        for (name, array) in &self.0 {
            checkpoint.push(name, &array.shape, array.values.clone());
        }
        Ok(checkpoint.to_bytes()?)
    }
}
