//! The weights of a network by name, for export.

use super::error::ReportError;
use crate::child::Weights;
use crate::network::Network;
use crate::nn::seal;
use crate::tape::Store;
use safetensors::{Dtype, tensor::TensorView};
use std::collections::{BTreeMap, HashMap};

/// A dense tensor of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The shape, outermost axis first.
    pub shape: Vec<usize>,
    /// The values in row-major order.
    pub values: Vec<f32>,
}

impl Array {
    /// Returns the values as little-endian bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }
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
        let bytes: Vec<Vec<u8>> = self.0.values().map(Array::bytes).collect();
        let view = |((name, array), bytes)| {
            let (name, array, bytes): (&String, &Array, &Vec<u8>) = (name, array, bytes);
            Ok((name.as_str(), TensorView::new(Dtype::F32, array.shape.clone(), bytes)?))
        };
        let views = self.0.iter().zip(&bytes).map(view).collect::<Result<Vec<_>, ReportError>>()?;
        let mut texts: HashMap<String, String> = texts.into_iter().collect();
        seal(&mut texts, &views);
        let texts: BTreeMap<_, _> = texts.into_iter().collect();
        Ok(with_metadata(&safetensors::serialize(views, None)?, &texts))
    }
}

/// Adds metadata to a safetensors file without any, ordered by key. The safetensors writer uses a random order, but the
/// same network must give the same file.
fn with_metadata(file: &[u8], texts: &BTreeMap<String, String>) -> Vec<u8> {
    let Some((length, rest)) = file.split_first_chunk::<8>() else { return file.to_vec() };
    let Some((header, data)) =
        usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|len| rest.split_at_checked(len))
    else {
        return file.to_vec();
    };
    let tensors = header.trim_ascii().strip_prefix(b"{").unwrap_or(b"}");
    let between = if tensors == b"}" { "" } else { "," };
    let mut header = format!("{{\"__metadata__\":{}{between}", serde_json::json!(texts)).into_bytes();
    header.extend_from_slice(tensors);
    // The data must start at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat()
}

#[cfg(test)]
mod tests {
    use super::Tensors;
    use crate::nn::unseal;

    #[test]
    fn the_same_weights_give_the_same_file() {
        let mut tensors = Tensors::default();
        tensors.insert("a.weight", &[2], vec![1.0, -2.5]);
        let texts = || (0..20).map(|number| (format!("key{number}"), "\"a\\\n\u{e9}".to_owned()));
        let file = tensors.safetensors(texts()).unwrap();
        assert_eq!(file, tensors.safetensors(texts()).unwrap());
        let (read, views) = unseal(&file).unwrap();
        assert_eq!((read["key7"].as_str(), read.len()), ("\"a\\\n\u{e9}", 21));
        assert_eq!(crate::nn::floats(&views.tensor("a.weight").unwrap()), [1.0, -2.5]);
        assert!(unseal(&Tensors::default().safetensors(texts()).unwrap()).is_ok());
        let mut damaged = file;
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert!(unseal(&damaged).is_err(), "the checksum covers the values");
    }
}
