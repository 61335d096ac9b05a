//! A controller as a safetensors file: weights under the names of its layers, sizes in the header's metadata.

use super::network::Network;
use super::script::Shape;
use crate::device::Device;
use crate::generator::file::{FileError, KeptFile, KeptTensor, write};
use crate::tape::TapeError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// The metadata's word for this generator.
pub const NAME: &str = "lstm";

/// A controller as it is kept in a file.
pub struct Saved {
    shape: Shape,
    space: String,
    tensors: Vec<KeptTensor>,
}

impl Saved {
    /// The weights of a network that draws graphs of a space.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(network: &Network, space: &str) -> Result<Self, TapeError> {
        let kept = |slot: &crate::tape::Slot| {
            let (name, shape) = (slot.name().to_owned(), slot.shape().to_vec());
            Ok(KeptTensor { name, shape, numbers: network.read(slot)? })
        };
        let tensors = network.slots().iter().map(kept).collect::<Result<_, TapeError>>()?;
        Ok(Self { shape: *network.shape(), space: space.to_owned(), tensors })
    }

    /// Writes the file, through to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let Shape { hidden, attention, .. } = self.shape;
        let metadata = [
            ("generator", NAME.to_owned()),
            ("space", self.space.clone()),
            ("hidden", hidden.to_string()),
            ("attention", attention.to_string()),
        ];
        write(path, &metadata, &self.tensors)
    }
}

/// Reads the network of a file, on the processor.
///
/// # Errors
/// [`FileError`] names the file and the first thing that is wrong with it.
pub fn read(file: &KeptFile) -> Result<Network, FileError> {
    let limits = file.space()?.limits();
    let shape = Shape { limits, hidden: file.value("hidden")?, attention: file.value("attention")? };
    shape.check().map_err(|error| file.foreign(error))?;
    let failed = |error: TapeError| file.foreign(error);
    // The random numbers are all overwritten.
    let mut network = Network::new(shape, &Device::Cpu, &mut ChaCha8Rng::seed_from_u64(0)).map_err(failed)?;
    for slot in network.slots().to_vec() {
        network.write(&slot, &file.numbers(slot.name(), slot.shape())?).map_err(failed)?;
    }
    Ok(network)
}
