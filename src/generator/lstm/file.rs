//! A controller as a safetensors file: weights under the names of its layers, sizes in the header's metadata.

use super::network::Network;
use super::script::Dimensions;
use crate::device::Device;
use crate::generator::file::{FileError, Kept, KeptFile, KeptTensor};
use crate::tape::TapeError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The metadata's word for this generator.
pub const NAME: &str = "lstm";

/// A network that draws graphs of a space, as it goes into a file.
///
/// # Errors
/// When the device fails.
pub fn keep(network: &Network, space: &str) -> Result<Kept, TapeError> {
    let tensor = |slot: &crate::tape::Slot| {
        let (name, shape) = (slot.name().to_owned(), slot.shape().to_vec());
        Ok(KeptTensor { name, shape, numbers: network.read(slot)? })
    };
    let tensors = network.slots().iter().map(tensor).collect::<Result<_, TapeError>>()?;
    let Dimensions { hidden, attention, .. } = *network.shape();
    let metadata = vec![
        ("generator", NAME.to_owned()),
        ("space", space.to_owned()),
        ("hidden", hidden.to_string()),
        ("attention", attention.to_string()),
    ];
    Ok(Kept { metadata, tensors })
}

/// Reads the network of a file, on the processor.
///
/// # Errors
/// [`FileError`] names the file and the first thing that is wrong with it.
pub fn read(file: &KeptFile) -> Result<Network, FileError> {
    let limits = file.space()?.limits();
    let shape = Dimensions { limits, hidden: file.value("hidden")?, attention: file.value("attention")? };
    shape.check().map_err(|error| file.foreign(error))?;
    let failed = |error: TapeError| file.foreign(error);
    // The random numbers are all overwritten.
    let mut network = Network::new(shape, &Device::Cpu, &mut ChaCha8Rng::seed_from_u64(0)).map_err(failed)?;
    for slot in network.slots().to_vec() {
        network.write(&slot, &file.numbers(slot.name(), slot.shape())?).map_err(failed)?;
    }
    Ok(network)
}
