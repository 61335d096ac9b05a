//! Stores on disk, as safetensors: every slot by its name, 32-bit floats, and a checksum in the header.

use super::seal::{floats, seal, unseal};
use crate::disk;
use crate::formats::{self, Kind, Purpose};
use crate::shown::Show;
use crate::tape::{Slot, Store, TapeError};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What can go wrong with a checkpoint; every message names the file.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("cannot {doing} the checkpoint {}: {source}", path.shown())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        doing: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is cut short, damaged, or of another kind.
    #[error(
        "{} is not a whole checkpoint ({why}): it was cut short or damaged, or is another kind of file; take a copy of it or \
         train the network again",
        path.shown()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader stumbled over.
        why: String,
    },
    /// The file is of another program.
    #[error("{} is {}; {}", path.shown(), kind.name(), kind.remedy(Purpose::Checkpoint))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: Kind,
    },
    /// The file's tensors are not those of the store.
    #[error("the checkpoint {} does not fit: {why} '{tensor}'", path.shown())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// What is wrong with it.
        why: String,
    },
    /// The device failed to give or take the numbers.
    #[error("the checkpoint {}: {source}", path.shown())]
    Store {
        /// The file.
        path: PathBuf,
        /// The store's error.
        source: TapeError,
    },
}

/// Saves every slot of the store. The file is there whole or, after a crash, as it was before.
///
/// # Errors
/// A failing device or disk, or two slots of one name.
pub fn save(store: &Store, path: &Path) -> Result<(), CheckpointError> {
    save_with(store, HashMap::new(), path)
}

/// The same with texts in the file's header, which [`metadata`] reads.
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

/// The texts in a file's header.
///
/// # Errors
/// A file that cannot be read or is damaged.
pub fn metadata(path: &Path) -> Result<HashMap<String, String>, CheckpointError> {
    metadata_of(&read(path)?, path)
}

/// The texts in the header of a file that was read already; errors name it by its path.
///
/// # Errors
/// Bytes that are no whole file, or a damaged one.
pub fn metadata_of(bytes: &[u8], path: &Path) -> Result<HashMap<String, String>, CheckpointError> {
    Ok(unseal(bytes).map_err(|why| format(path, why))?.0)
}

/// Loads every slot of the store. The file has to hold exactly its slots; nothing is changed unless all of them fit.
///
/// # Errors
/// A file that cannot be read, is damaged, or holds other names, shapes or types; a failing device.
pub fn load(store: &mut Store, path: &Path) -> Result<(), CheckpointError> {
    load_from(store, path, true)
}

/// Loads every slot of the store from a file that may hold more, for example what an optimizer remembers.
///
/// # Errors
/// As [`load`].
pub fn load_part(store: &mut Store, path: &Path) -> Result<(), CheckpointError> {
    load_from(store, path, false)
}

fn load_from(store: &mut Store, path: &Path, whole: bool) -> Result<(), CheckpointError> {
    let bytes = read(path)?;
    let (_, file) = unseal(&bytes).map_err(|why| format(path, why))?;
    let slots = store.slots().to_vec();
    let homeless = file.names().into_iter().find(|name| slots.iter().all(|slot| slot.name() != *name));
    if let (true, Some(name)) = (whole, homeless) {
        return Err(misfit(path, name, "no place for its tensor"));
    }
    let values = slots.iter().map(|slot| numbers(&file, slot, path)).collect::<Result<Vec<_>, _>>()?;
    for (slot, values) in slots.iter().zip(values) {
        store.write(slot, &values).map_err(|source| CheckpointError::Store { path: path.to_owned(), source })?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    // Of a file that is none of ours it is told what it is; a pipe might never end.
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

/// The numbers of one slot, once its tensor has been found to fit.
fn numbers(file: &SafeTensors<'_>, slot: &Slot, path: &Path) -> Result<Vec<f32>, CheckpointError> {
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
        let numbers = store.read(slot).map_err(failed)?;
        tensors.push((slot, numbers.iter().flat_map(|x| x.to_le_bytes()).collect()));
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
