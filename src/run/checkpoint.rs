//! The checkpoint of a search: one safetensors file, replaced atomically, with a checksum over its complete content.

use super::error::RunError;
use super::origin::Origin;
use crate::disk;
use crate::generator::{KeptTensor, State, encode};
use crate::nn::{floats, is_sealed, unseal};
use crate::search::Snapshot;
use std::path::{Path, PathBuf};

/// The path of the checkpoint within the folder of the run.
const LOCATION: [&str; 2] = ["checkpoint", "search.safetensors"];

/// Keys of the header.
const VERSION_KEY: &str = "graphpnas.version";
const SEARCH: &str = "graphpnas.search";
const GENERATOR: &str = "graphpnas.generator";
const SHARED: &str = "graphpnas.shared";
const ORIGIN: &str = "graphpnas.origin";

/// The prefix of the names of shared weights.
const SHARED_PREFIX: &str = "shared/";

/// The version of the checkpoint format.
const VERSION: i64 = 1;

/// Returns the path of the checkpoint of the run in a folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    LOCATION.iter().fold(folder.to_owned(), |path, part| path.join(part))
}

/// Writes the checkpoint of a run.
pub(super) fn save(folder: &Path, snapshot: &Snapshot, origin: &Origin) -> Result<(), RunError> {
    let path = path(folder);
    let origin = serde_json::to_string(origin).map_err(|error| RunError::file("write", &path)(error.into()))?;
    let Snapshot { state, generator: State { text, tensors }, shared } = snapshot;
    let mut texts = vec![(VERSION_KEY, VERSION.to_string()), (SEARCH, state.clone()), (GENERATOR, text.clone())];
    texts.push((ORIGIN, origin));
    let mut tensors = tensors.clone();
    if let Some(State { text, tensors: weights }) = shared {
        texts.push((SHARED, text.clone()));
        let renamed =
            |tensor: &KeptTensor| KeptTensor { name: format!("{SHARED_PREFIX}{}", tensor.name), ..tensor.clone() };
        tensors.extend(weights.iter().map(renamed));
    }
    let written = encode(&texts, &tensors).and_then(|bytes| {
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        disk::replace(&path, &bytes)
    });
    written.map_err(RunError::file("write", &path))
}

/// Reads the checkpoint of a run and the origin in it, or returns `None` if the run has no checkpoint yet.
pub(super) fn load(folder: &Path) -> Result<Option<(Snapshot, Option<Origin>)>, RunError> {
    let path = path(folder);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(RunError::file("read", &path)(error)),
    };
    decode(&bytes, &path).map(Some)
}

fn decode(bytes: &[u8], path: &Path) -> Result<(Snapshot, Option<Origin>), RunError> {
    let damaged = |why: String| RunError::Checkpoint { path: path.to_owned(), why };
    let (texts, file) = unseal(bytes).map_err(damaged)?;
    if !is_sealed(&texts) {
        return Err(damaged("it has no checksum".to_owned()));
    }
    let text = |key: &str| texts.get(key).cloned().ok_or_else(|| damaged(format!("the header key '{key}' is missing")));
    match text(VERSION_KEY)?.parse() {
        Ok(VERSION) => {}
        Ok(found) => return Err(RunError::Schema { path: path.to_owned(), found, known: VERSION }),
        Err(_) => return Err(damaged("its version is not an integer".to_owned())),
    }
    let tensor = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| KeptTensor {
        name: name.to_owned(),
        shape: view.shape().to_vec(),
        numbers: floats(&view),
    };
    let (mut generator, mut weights) = (Vec::new(), Vec::new());
    for mut tensor in file.iter().map(tensor) {
        match tensor.name.strip_prefix(SHARED_PREFIX) {
            Some(name) => {
                tensor.name = name.to_owned();
                weights.push(tensor);
            }
            None => generator.push(tensor),
        }
    }
    let shared = texts.get(SHARED).map(|text| State { text: text.clone(), tensors: weights });
    let origin = texts.get(ORIGIN).map(|text| serde_json::from_str(text)).transpose();
    let origin = origin.map_err(|error| damaged(format!("its origin of the run is invalid: {error}")))?;
    let generator = State { text: text(GENERATOR)?, tensors: generator };
    Ok((Snapshot { state: text(SEARCH)?, generator, shared }, origin))
}
