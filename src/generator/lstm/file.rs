//! A controller as a safetensors file: weights under the names of its layers, sizes in the metadata.

use super::network::LstmNetwork;
use super::script::Dimensions;
use crate::device::Device;
use crate::generator::file::{FileError, SavedFile};
use crate::nn::Checkpoint;
use crate::tape::TapeError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator's name, in the configuration and in files.
pub const NAME: &str = "lstm";

/// Converts a network for graphs of a space to a checkpoint.
///
/// # Errors
/// The device fails.
pub fn checkpoint(network: &LstmNetwork, space: &str) -> Result<Checkpoint, TapeError> {
    let mut checkpoint = Checkpoint::default();
    for slot in network.slots() {
        checkpoint.push(slot.name(), slot.shape(), network.read(slot)?);
    }
    let Dimensions { hidden, attention, .. } = *network.shape();
    let texts = [("generator", NAME.to_owned()), ("space", space.to_owned())];
    let sizes = [("hidden", hidden.to_string()), ("attention", attention.to_string())];
    checkpoint.texts.extend(texts.into_iter().chain(sizes).map(|(key, text)| (key.to_owned(), text)));
    Ok(checkpoint)
}

/// Reads a network from a file onto the CPU.
///
/// # Errors
/// [`FileError`] names the file and the first problem.
pub fn read(file: &SavedFile) -> Result<LstmNetwork, FileError> {
    let limits = file.target()?.limits();
    let shape = Dimensions { limits, hidden: file.value("hidden")?, attention: file.value("attention")? };
    shape.check().map_err(|error| file.invalid(error))?;
    let failed = |error: TapeError| file.invalid(error);
    // All random weights are overwritten below.
    let mut network = LstmNetwork::new(shape, &Device::Cpu, &mut ChaCha8Rng::seed_from_u64(0)).map_err(failed)?;
    for slot in network.slots().to_vec() {
        network.write(&slot, file.values(slot.name(), slot.shape())?).map_err(failed)?;
    }
    Ok(network)
}
