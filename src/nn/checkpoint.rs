//! Checkpoints: named tensors and texts in one safetensors file with a checksum.

use super::checksum::{add_checksum, floats, has_checksum, parse_checked};
use super::error::{CheckpointError, ContentError};
use crate::disk;
use crate::formats::{self, FileFormat};
use crate::tape::{Slot, Store};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// A tensor of 32-bit floats with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Its name.
    pub name: String,
    /// Its shape, outermost axis first.
    pub shape: Vec<usize>,
    /// Its elements in row-major order.
    pub values: Vec<f32>,
}

/// Named tensors and texts: weights, the state of an optimizer, a generator or a whole search.
///
/// ```
/// use graphpnas::nn::Checkpoint;
///
/// let mut checkpoint = Checkpoint::default();
/// checkpoint.set_json("step", &3u64)?;
/// checkpoint.push("weight", &[2], vec![0.5, -1.0]);
/// let read = Checkpoint::parse(&checkpoint.to_bytes()?)?;
/// assert_eq!(read.json::<u64>("step")?, 3);
/// assert_eq!(read.values("weight", &[2])?, [0.5, -1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkpoint {
    /// Texts by their keys; a file stores them in its header.
    pub texts: BTreeMap<String, String>,
    /// Tensors; those of a file are sorted by name.
    pub tensors: Vec<NamedTensor>,
    /// Types of the tensors that are not 32-bit floats, by name; they are not read.
    other_types: BTreeMap<String, Dtype>,
    /// Whether it was read from a file with a checksum.
    is_checked: bool,
}

impl Checkpoint {
    /// A checkpoint with these texts and tensors.
    #[must_use]
    pub fn new(texts: BTreeMap<String, String>, tensors: Vec<NamedTensor>) -> Self {
        Self { texts, tensors, ..Self::default() }
    }

    /// A checkpoint with one JSON value and every slot of a store.
    ///
    /// # Errors
    /// [`ContentError`] if the value is not JSON, or the device fails.
    pub fn of_state(value: &impl Serialize, store: Option<&Store>) -> Result<Self, ContentError> {
        let mut checkpoint = store.map(Self::of_store).transpose()?.unwrap_or_default();
        checkpoint.set_json(STATE, value)?;
        Ok(checkpoint)
    }

    /// The JSON value of [`Checkpoint::of_state`].
    ///
    /// # Errors
    /// [`ContentError::Invalid`] if it is missing or of another type.
    pub fn state<T: DeserializeOwned>(&self) -> Result<T, ContentError> {
        self.json(STATE)
    }

    /// Every slot of a store.
    ///
    /// # Errors
    /// [`ContentError`] if two slots have the same name, or the device fails.
    pub fn of_store(store: &Store) -> Result<Self, ContentError> {
        let mut checkpoint = Self::default();
        for slot in store.slots() {
            if checkpoint.tensors.iter().any(|tensor| tensor.name == slot.name()) {
                return Err(ContentError::tensor("two tensors are named", slot.name()));
            }
            checkpoint.push(slot.name(), slot.shape(), store.read(slot)?);
        }
        Ok(checkpoint)
    }

    /// Writes the tensors into the slots of the same names. With `exact` there must be no other tensors. The store is not
    /// changed unless all of them match.
    ///
    /// # Errors
    /// [`ContentError`] names the first tensor that is missing or of another shape or type, or the device fails.
    pub fn fill(&self, store: &mut Store, exact: bool) -> Result<(), ContentError> {
        let slots = store.slots().to_vec();
        let names = self.tensors.iter().map(|tensor| &tensor.name).chain(self.other_types.keys());
        let unknown = names.into_iter().find(|name| slots.iter().all(|slot| slot.name() != *name));
        if let (true, Some(name)) = (exact, unknown) {
            return Err(ContentError::tensor("the network does not have its tensor", name));
        }
        let of_slot = |slot: &Slot| self.values(slot.name(), slot.shape());
        let values = slots.iter().map(of_slot).collect::<Result<Vec<_>, _>>()?;
        slots.iter().zip(values).try_for_each(|(slot, values)| store.write(slot, values))?;
        Ok(())
    }

    /// Adds a tensor.
    pub fn push(&mut self, name: impl Into<String>, shape: &[usize], values: Vec<f32>) {
        self.tensors.push(NamedTensor { name: name.into(), shape: shape.to_vec(), values });
    }

    /// The elements of a tensor, in row-major order.
    ///
    /// # Errors
    /// [`ContentError::Tensor`] if it is missing or of another shape or type.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<&[f32], ContentError> {
        if let Some(found) = self.other_types.get(name) {
            return Err(ContentError::tensor(format!("{found:?} instead of F32 in"), name));
        }
        let tensor = self.tensors.iter().find(|tensor| tensor.name == name);
        let tensor = tensor.ok_or_else(|| ContentError::tensor("it lacks the tensor", name))?;
        if tensor.shape != shape {
            return Err(ContentError::tensor(format!("shape {:?} instead of {shape:?} of", tensor.shape), name));
        }
        Ok(&tensor.values)
    }

    /// A text.
    ///
    /// # Errors
    /// [`ContentError::Invalid`] if there is none with this key.
    pub fn text(&self, key: &str) -> Result<&str, ContentError> {
        let missing = || ContentError::Invalid(format!("it lacks the text '{key}'"));
        self.texts.get(key).map(String::as_str).ok_or_else(missing)
    }

    /// A text that is JSON.
    ///
    /// # Errors
    /// [`ContentError::Invalid`] if it is missing or of another type.
    pub fn json<T: DeserializeOwned>(&self, key: &str) -> Result<T, ContentError> {
        serde_json::from_str(self.text(key)?).map_err(|error| ContentError::Invalid(error.to_string()))
    }

    /// Stores a value as JSON.
    ///
    /// # Errors
    /// [`ContentError::Invalid`] if the value is not JSON, such as a map whose keys are not texts.
    pub fn set_json(&mut self, key: &str, value: &impl Serialize) -> Result<(), ContentError> {
        let text = serde_json::to_string(value).map_err(|error| ContentError::Invalid(error.to_string()))?;
        self.texts.insert(key.to_owned(), text);
        Ok(())
    }

    /// Adds the tensors of another checkpoint, with a prefix before their names.
    pub fn nest(&mut self, prefix: &str, tensors: Vec<NamedTensor>) {
        let named = |tensor: NamedTensor| NamedTensor { name: format!("{prefix}{}", tensor.name), ..tensor };
        self.tensors.extend(tensors.into_iter().map(named));
    }

    /// The tensors whose names begin with a prefix, under the rest of their names.
    #[must_use]
    pub fn nested(&self, prefix: &str) -> Vec<NamedTensor> {
        let own = |tensor: &NamedTensor| {
            let name = tensor.name.strip_prefix(prefix)?.to_owned();
            Some(NamedTensor { name, ..tensor.clone() })
        };
        self.tensors.iter().filter_map(own).collect()
    }

    /// Whether it was read from a file with a checksum; files of other programs have none.
    #[must_use]
    pub fn has_checksum(&self) -> bool {
        self.is_checked
    }

    /// Parses the bytes of a safetensors file and verifies its checksum, if there is one.
    ///
    /// # Errors
    /// [`ContentError::Invalid`]: not a complete file, or a wrong checksum.
    pub fn parse(bytes: &[u8]) -> Result<Self, ContentError> {
        let (texts, file) = parse_checked(bytes).map_err(ContentError::Invalid)?;
        let is_checked = has_checksum(&texts);
        let mut checkpoint = Self { texts, is_checked, ..Self::default() };
        for (name, view) in file.iter() {
            match view.dtype() {
                Dtype::F32 => checkpoint.push(name, view.shape(), floats(&view)),
                other => drop(checkpoint.other_types.insert(name.to_owned(), other)),
            }
        }
        // The reader of the format has them in random order.
        checkpoint.tensors.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(checkpoint)
    }

    /// The bytes of a safetensors file with a checksum. The same content gives the same bytes.
    ///
    /// # Errors
    /// [`ContentError::Invalid`] if a tensor's elements do not fill its shape.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ContentError> {
        let invalid = |error: safetensors::SafeTensorError| ContentError::Invalid(error.to_string());
        let bytes = |tensor: &NamedTensor| tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        let bytes: Vec<Vec<u8>> = self.tensors.iter().map(bytes).collect();
        let mut views = Vec::with_capacity(self.tensors.len());
        for (tensor, bytes) in self.tensors.iter().zip(&bytes) {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map_err(invalid)?;
            views.push((tensor.name.as_str(), view));
        }
        let mut texts = self.texts.clone();
        add_checksum(&mut texts, &views);
        let file = safetensors::serialize(views, None).map_err(invalid)?;
        drop(bytes);
        Ok(with_metadata(&file, &texts))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot be read, is damaged or of another type.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = read_bytes(path)?;
        Self::parse(&bytes).map_err(CheckpointError::format(path))
    }

    /// Reads only the texts of a file, after verifying its checksum.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read_texts(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = read_bytes(path)?;
        let (texts, _) =
            parse_checked(&bytes).map_err(|why| CheckpointError::format(path)(ContentError::Invalid(why)))?;
        Ok(Self { is_checked: has_checksum(&texts), texts, ..Self::default() })
    }

    /// Writes a file. It is replaced atomically.
    ///
    /// # Errors
    /// [`CheckpointError`] if the disk fails.
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let bytes = self.to_bytes().map_err(CheckpointError::format(path))?;
        disk::replace(path, &bytes).map_err(CheckpointError::file("write", path))
    }
}

/// The key of [`Checkpoint::state`].
pub const STATE: &str = "state";

/// Saves every slot of a store.
///
/// # Errors
/// An error of the device or disk, or two slots with the same name.
pub fn save(store: &Store, path: &Path) -> Result<(), CheckpointError> {
    Checkpoint::of_store(store).map_err(CheckpointError::content(path))?.write(path)
}

/// Loads every slot of a store. The file must contain exactly its slots; the store is not changed unless all of them match.
///
/// # Errors
/// A file that cannot be read, is damaged, or contains other names, shapes or types; an error of the device.
pub fn load(store: &mut Store, path: &Path) -> Result<(), CheckpointError> {
    Checkpoint::read(path)?.fill(store, true).map_err(CheckpointError::content(path))
}

/// Loads every slot of a store from a file that may contain more, such as the state of an optimizer.
///
/// # Errors
/// As [`load`].
pub fn load_subset(store: &mut Store, path: &Path) -> Result<(), CheckpointError> {
    Checkpoint::read(path)?.fill(store, false).map_err(CheckpointError::content(path))
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    // Reports the type of files of other programs. Also avoids reading a pipe, which might never end.
    if let Some(kind) = formats::detect(path).filter(|kind| *kind != FileFormat::Safetensors) {
        return Err(CheckpointError::Foreign { path: path.to_owned(), kind });
    }
    std::fs::read(path).map_err(CheckpointError::file("read", path))
}

/// Inserts the metadata into a file without any, with sorted keys: the writer of the format keeps them in a map without an
/// order, and the same network should give the same file.
fn with_metadata(file: &[u8], texts: &BTreeMap<String, String>) -> Vec<u8> {
    let Some((length, rest)) = file.split_first_chunk::<8>() else { return file.to_vec() };
    let length = usize::try_from(u64::from_le_bytes(*length)).ok();
    let Some((header, data)) = length.and_then(|length| rest.split_at_checked(length)) else { return file.to_vec() };
    let tensors = header.trim_ascii().strip_prefix(b"{").unwrap_or(b"}");
    let between = if tensors == b"}" { "" } else { "," };
    let mut header = format!("{{\"__metadata__\":{}{between}", serde_json::json!(texts)).into_bytes();
    header.extend_from_slice(tensors);
    // The data begins at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat()
}

#[cfg(test)]
mod tests {
    use super::Checkpoint;

    #[test]
    fn the_same_content_gives_the_same_file() {
        let mut checkpoint = Checkpoint::default();
        checkpoint.push("a.weight", &[2], vec![1.0, -2.5]);
        checkpoint.texts = (0..20).map(|number| (format!("key{number}"), "\"a\\\n\u{e9}".to_owned())).collect();
        let file = checkpoint.to_bytes().unwrap();
        assert_eq!(file, checkpoint.clone().to_bytes().unwrap());
        let read = Checkpoint::parse(&file).unwrap();
        assert_eq!((read.text("key7").unwrap(), read.texts.len()), ("\"a\\\n\u{e9}", 21));
        assert_eq!(read.values("a.weight", &[2]).unwrap(), [1.0, -2.5]);
        assert!(read.has_checksum() && Checkpoint::parse(&Checkpoint::default().to_bytes().unwrap()).is_ok());
        let mut damaged = file;
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert!(Checkpoint::parse(&damaged).is_err(), "the checksum covers the elements");
    }

    #[test]
    fn nested_tensors_are_restored_under_their_names() {
        let (mut inner, mut outer) = (Checkpoint::default(), Checkpoint::default());
        inner.push("a", &[1], vec![3.0]);
        outer.push("a", &[1], vec![4.0]);
        outer.nest("part.0.", inner.tensors.clone());
        assert_eq!(outer.nested("part.0."), inner.tensors);
        assert_eq!(outer.values("part.0.a", &[1]).unwrap(), [3.0]);
    }
}
