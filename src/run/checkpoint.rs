//! The checkpoint of a search: one safetensors file, replaced atomically, with a checksum over its complete content.

use super::error::RunError;
use super::origin::Origin;
use crate::disk;
use crate::nn::{Checkpoint, ContentError, NamedTensor, STATE};
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
pub(super) fn save(folder: &Path, snapshot: Snapshot, origin: &Origin) -> Result<(), RunError> {
    let path = path(folder);
    let failed = |error: ContentError| RunError::file("write", &path)(std::io::Error::other(error));
    let Snapshot { state, generator, shared } = snapshot;
    let mut checkpoint = Checkpoint::new(Default::default(), generator.tensors);
    let mut set = |key: &str, text: &str| drop(checkpoint.texts.insert(key.to_owned(), text.to_owned()));
    set(VERSION_KEY, &VERSION.to_string());
    set(SEARCH, &state);
    set(GENERATOR, generator.texts.get(STATE).map_or("", String::as_str));
    if let Some(shared) = shared {
        set(SHARED, shared.texts.get(STATE).map_or("", String::as_str));
        checkpoint.nest(SHARED_PREFIX, shared.tensors);
    }
    checkpoint.set_json(ORIGIN, origin).map_err(failed)?;
    let bytes = checkpoint.to_bytes().map_err(failed)?;
    let parent = path.parent().unwrap_or(folder);
    let written = std::fs::create_dir_all(parent).and_then(|()| disk::replace(&path, &bytes));
    written.map_err(RunError::file("write", &path))
}

/// Reads the checkpoint of a run; `None` where it has none.
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
    let content = |error: ContentError| damaged(error.to_string());
    let checkpoint = Checkpoint::parse(bytes).map_err(content)?;
    if !checkpoint.has_checksum() {
        return Err(damaged("it has no checksum".to_owned()));
    }
    match checkpoint.text(VERSION_KEY).map_err(content)?.parse() {
        Ok(VERSION) => {}
        Ok(found) => return Err(RunError::Schema { path: path.to_owned(), found, known: VERSION }),
        Err(_) => return Err(damaged("its version is not an integer".to_owned())),
    }
    let state = |key: &str, tensors: Vec<NamedTensor>| -> Result<Checkpoint, RunError> {
        let text = checkpoint.text(key).map_err(content)?.to_owned();
        Ok(Checkpoint::new([(STATE.to_owned(), text)].into(), tensors))
    };
    let is_shared = |tensor: &&NamedTensor| tensor.name.starts_with(SHARED_PREFIX);
    let of_generator = checkpoint.tensors.iter().filter(|tensor| !is_shared(tensor)).cloned().collect();
    let shared = checkpoint.texts.contains_key(SHARED);
    let shared = shared.then(|| state(SHARED, checkpoint.nested(SHARED_PREFIX))).transpose()?;
    let origin = checkpoint.texts.get(ORIGIN).map(|text| serde_json::from_str(text)).transpose();
    let origin = origin.map_err(|error| damaged(format!("its description of the run does not read: {error}")))?;
    let search = checkpoint.text(SEARCH).map_err(content)?.to_owned();
    Ok((Snapshot { state: search, generator: state(GENERATOR, of_generator)?, shared }, origin))
}
