//! The weights of a network by name, on their way into a file.

use super::error::ReportError;
use crate::child::Weights;
use crate::network::Network;
use crate::nn::Checkpoint;
use crate::tape::Store;
use std::collections::BTreeMap;

/// Numbers of some shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The shape, outermost axis first.
    pub shape: Vec<usize>,
    /// The numbers, row by row.
    pub numbers: Vec<f32>,
}

impl Array {
    /// The numbers as little-endian bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
    }
}

/// Weights and running statistics by name: `NODE.weight`, `NODE.running_mean` and so on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tensors(BTreeMap<String, Array>);

impl Tensors {
    /// Reads the weights of a network, and nothing else, from a store.
    ///
    /// # Errors
    /// A device that does not give them.
    pub fn read(network: &Network, weights: &Weights, store: &Store) -> Result<Self, ReportError> {
        let mut tensors = Self::default();
        for slot in (0..network.nodes.len()).flat_map(|node| weights.of(node)) {
            tensors.insert(slot.name(), slot.shape(), store.read(slot)?);
        }
        Ok(tensors)
    }

    /// Adds a tensor, or puts it in the place of the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, shape: &[usize], numbers: Vec<f32>) {
        self.0.insert(name.into(), Array { shape: shape.to_vec(), numbers });
    }

    /// The tensor of that name.
    ///
    /// # Errors
    /// [`ReportError::Missing`].
    pub fn get(&self, name: &str) -> Result<&Array, ReportError> {
        self.0.get(name).ok_or_else(|| ReportError::Missing(name.to_owned()))
    }

    /// All tensors in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.0.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// Whether every weight of the network is there, with its shape and all its numbers.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn check(&self, network: &Network) -> Result<(), ReportError> {
        for node in &network.nodes {
            for weight in network.weights(node) {
                let name = format!("{}.{}", node.name, weight.suffix);
                let Array { shape, numbers } = self.get(&name)?;
                if *shape != weight.shape || numbers.len() != weight.len() {
                    return Err(ReportError::Shape { name, found: shape.clone(), expected: weight.shape });
                }
            }
        }
        Ok(())
    }

    /// The content of a safetensors file with these texts and a checksum as its metadata.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn safetensors(&self, texts: impl IntoIterator<Item = (String, String)>) -> Result<Vec<u8>, ReportError> {
        let mut checkpoint = Checkpoint::new(texts.into_iter().collect(), Vec::new());
        for (name, array) in &self.0 {
            checkpoint.push(name, &array.shape, array.numbers.clone());
        }
        Ok(checkpoint.to_bytes()?)
    }
}
