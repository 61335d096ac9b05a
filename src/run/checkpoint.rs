//! The checkpoint of a search: one safetensors file, replaced as a whole, with a checksum over all it says.

use super::error::RunError;
use crate::disk;
use crate::generator::{KeptTensor, State, encode};
use crate::search::Snapshot;
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The folder of the checkpoint in that of the run, and its file.
const PLACE: [&str; 2] = ["checkpoint", "search.safetensors"];

/// Keys of the header.
const COURSE: &str = "graphpnas.search";
const GENERATOR: &str = "graphpnas.generator";
const CHECKSUM: &str = "crc32c";

/// The checkpoint's file in the folder of a run.
pub(super) fn path(folder: &Path) -> PathBuf {
    PLACE.iter().fold(folder.to_owned(), |path, part| path.join(part))
}

/// Writes the checkpoint of a run.
pub(super) fn save(folder: &Path, snapshot: &Snapshot) -> Result<(), RunError> {
    let path = path(folder);
    let Snapshot { course, generator: State { text, tensors } } = snapshot;
    let checksum = checksum([course, text], tensors).to_string();
    let texts = [(COURSE, course.clone()), (GENERATOR, text.clone()), (CHECKSUM, checksum)];
    let written = encode(&texts, tensors).and_then(|bytes| {
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        disk::replace(&path, &bytes)
    });
    written.map_err(RunError::file("write", &path))
}

/// Reads the checkpoint of a run; none where the run had none yet.
pub(super) fn load(folder: &Path) -> Result<Option<Snapshot>, RunError> {
    let path = path(folder);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(RunError::file("read", &path)(error)),
    };
    decode(&bytes).map(Some).map_err(|why| RunError::Checkpoint { path, why })
}

fn decode(bytes: &[u8]) -> Result<Snapshot, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let texts = header.metadata().clone().unwrap_or_default();
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let tensor = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| KeptTensor {
        name: name.to_owned(),
        shape: view.shape().to_vec(),
        numbers: view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    };
    let tensors: Vec<_> = file.iter().map(tensor).collect();
    let text = |key: &str| texts.get(key).cloned().ok_or_else(|| format!("it lacks the text '{key}'"));
    let (course, generator) = (text(COURSE)?, text(GENERATOR)?);
    if text(CHECKSUM)? != checksum([&course, &generator], &tensors).to_string() {
        return Err("its checksum is wrong".to_owned());
    }
    Ok(Snapshot { course, generator: State { text: generator, tensors } })
}

/// CRC-32C of both texts and of every tensor by its name.
fn checksum(texts: [&String; 2], tensors: &[KeptTensor]) -> u32 {
    let by_name: HashMap<&str, &KeptTensor> = tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let mut names: Vec<&str> = by_name.keys().copied().collect();
    names.sort_unstable();
    let mut sum = texts.iter().fold(0, |sum, text| crc32c::crc32c_append(sum, text.as_bytes()));
    for tensor in names.into_iter().filter_map(|name| by_name.get(name)) {
        sum = crc32c::crc32c_append(sum, format!("{} {:?}", tensor.name, tensor.shape).as_bytes());
        sum = crc32c::crc32c_append(sum, bytemuck::cast_slice(&tensor.numbers));
    }
    sum
}
