//! The weights of a network by name, on their way into a file.

use super::error::ReportError;
use crate::child::Weights;
use crate::network::Network;
use crate::nn::seal;
use crate::tape::Store;
use safetensors::{Dtype, tensor::TensorView};
use std::collections::{BTreeMap, HashMap};

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

/// A safetensors file without metadata with these in its header, in the order of their names: the writer has them in another
/// order each time, and the same network should give the same file.
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
    // The numbers begin at a multiple of eight bytes.
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
        assert!(unseal(&damaged).is_err(), "the checksum covers the numbers");
    }
}
