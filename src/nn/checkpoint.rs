//! Stores on disk as safetensors files: every slot by its name as 32-bit floats, and a checksum in the header.

use super::seal::{floats, seal, unseal};
use crate::disk;
use crate::formats::{self, Kind, Purpose};
use crate::shown::Show;
use crate::tape::{Slot, Store, TapeError};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An error of a checkpoint. Every message names the file.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("cannot {doing} the checkpoint {}: {source}", path.shown())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        doing: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is truncated, damaged, or of another type.
    #[error(
        "{} is not a complete checkpoint ({why}): it is truncated, damaged or of another type; restore it from a copy or \
         train the network again",
        path.shown()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The error of the reader.
        why: String,
    },
    /// The file has the format of another program.
    #[error("{} is {}; {}", path.shown(), kind.name(), kind.remedy(Purpose::Checkpoint))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its type.
        kind: Kind,
    },
    /// The tensors of the file do not match those of the store.
    #[error("the checkpoint {} does not fit: {why} '{tensor}'", path.shown())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The problem, as text that precedes the name.
        why: String,
    },
    /// The device could not read or write the values.
    #[error("the checkpoint {}: {source}", path.shown())]
    Store {
        /// The file.
        path: PathBuf,
        /// The store's error.
        source: TapeError,
    },
}

/// Saves every slot of the store. The file is replaced atomically.
///
/// # Errors
/// An error of the device or disk, or two slots with the same name.
pub fn save(store: &Store, path: &Path) -> Result<(), CheckpointError> {
    save_with(store, HashMap::new(), path)
}

/// Like [`save`], with additional texts in the file's header, which [`metadata`] reads.
///
/// # Errors
/// As [`save`].
pub fn save_with(store: &Store, texts: HashMap<String, String>, path: &Path) -> Result<(), CheckpointError> {
    let bytes = serialize(store, texts, path)?;
    disk::replace(path, &bytes).map_err(|source| CheckpointError::File {
        path: path.to_owned(),
        doing: "write",
        source,
    })
}

/// Returns the texts in a file's header.
///
/// # Errors
/// A file that cannot be read or is damaged.
pub fn metadata(path: &Path) -> Result<HashMap<String, String>, CheckpointError> {
    metadata_of(&read(path)?, path)
}

/// Returns the texts in the header of a file that has been read; `path` names it in errors.
///
/// # Errors
/// Bytes that are not a complete and undamaged file.
pub fn metadata_of(bytes: &[u8], path: &Path) -> Result<HashMap<String, String>, CheckpointError> {
    Ok(unseal(bytes).map_err(|why| format(path, why))?.0)
}

/// Loads every slot of the store. The file must contain exactly its slots; the store is not changed unless all of them
/// match.
///
/// # Errors
/// A file that cannot be read, is damaged, or contains other names, shapes or types; an error of the device.
pub fn load(store: &mut Store, path: &Path) -> Result<(), CheckpointError> {
    load_from(store, path, true)
}

/// Loads every slot of the store from a file that may contain more, such as the state of an optimizer.
///
/// # Errors
/// As [`load`].
pub fn load_part(store: &mut Store, path: &Path) -> Result<(), CheckpointError> {
    load_from(store, path, false)
}

fn load_from(store: &mut Store, path: &Path, exact: bool) -> Result<(), CheckpointError> {
    let bytes = read(path)?;
    let (_, file) = unseal(&bytes).map_err(|why| format(path, why))?;
    let slots = store.slots().to_vec();
    let unknown = file.names().into_iter().find(|name| slots.iter().all(|slot| slot.name() != *name));
    if let (true, Some(name)) = (exact, unknown) {
        return Err(misfit(path, name, "the network does not have its tensor"));
    }
    let values = slots.iter().map(|slot| slot_values(&file, slot, path)).collect::<Result<Vec<_>, _>>()?;
    for (slot, values) in slots.iter().zip(values) {
        store.write(slot, &values).map_err(|source| CheckpointError::Store { path: path.to_owned(), source })?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    // Reports the type of files of other programs. Also avoids reading a pipe, which might never end.
    if let Some(kind) = formats::of_file(path).filter(|kind| *kind != Kind::Safetensors) {
        return Err(CheckpointError::Foreign { path: path.to_owned(), kind });
    }
    std::fs::read(path).map_err(|source| CheckpointError::File { path: path.to_owned(), doing: "read", source })
}

fn format(path: &Path, why: impl std::fmt::Display) -> CheckpointError {
    CheckpointError::Format { path: path.to_owned(), why: why.to_string() }
}

fn misfit(path: &Path, tensor: &str, why: impl Into<String>) -> CheckpointError {
    CheckpointError::Tensor { path: path.to_owned(), tensor: tensor.to_owned(), why: why.into() }
}

/// Returns the values of one slot after checking its tensor.
fn slot_values(file: &SafeTensors<'_>, slot: &Slot, path: &Path) -> Result<Vec<f32>, CheckpointError> {
    let view = file.tensor(slot.name()).map_err(|_| misfit(path, slot.name(), "it lacks the tensor"))?;
    if view.dtype() != Dtype::F32 {
        return Err(misfit(path, slot.name(), format!("{:?} instead of F32 in", view.dtype())));
    }
    if view.shape() != slot.shape() {
        return Err(misfit(path, slot.name(), format!("shape {:?} instead of {:?} of", view.shape(), slot.shape())));
    }
    Ok(floats(&view))
}

fn serialize(store: &Store, mut texts: HashMap<String, String>, path: &Path) -> Result<Vec<u8>, CheckpointError> {
    let failed = |source| CheckpointError::Store { path: path.to_owned(), source };
    let mut tensors: Vec<(&Slot, Vec<u8>)> = Vec::new();
    for slot in store.slots() {
        if tensors.iter().any(|(known, _)| known.name() == slot.name()) {
            return Err(misfit(path, slot.name(), "two tensors are named"));
        }
        let values = store.read(slot).map_err(failed)?;
        tensors.push((slot, values.iter().flat_map(|x| x.to_le_bytes()).collect()));
    }
    let view = |(slot, bytes)| {
        let (slot, bytes): (&Slot, &Vec<u8>) = (slot, bytes);
        TensorView::new(Dtype::F32, slot.shape().to_vec(), bytes).map(|view| (slot.name(), view))
    };
    let views = tensors.iter().map(|(slot, bytes)| view((*slot, bytes))).collect::<Result<Vec<_>, _>>();
    let views = views.map_err(|error| format(path, error))?;
    seal(&mut texts, &views);
    safetensors::serialize(views, Some(texts)).map_err(|error| format(path, error))
}
