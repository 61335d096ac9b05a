//! Reader of the Python versions (pickles) of CIFAR-10 and CIFAR-100.
//!
//! `cifar-10-batches-py` has `data_batch_1` to `data_batch_5`, `test_batch` and `batches.meta`; `cifar-100-python` has
//! `train`, `test` and `meta`. A batch is a dictionary with a byte array `data` `[images, 3072]`, in the pixel order of
//! the binary version, and a list of labels. The content equals that of the binary version.

use super::cifar::{CIFAR10, CIFAR100, CIFAR100_COARSE, Format, SHAPE, known_names};
use super::error::DataError;
use super::images::Images;
use crate::pickle::{Pickle, Value};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Limit on the memory of the values of one file. The training part of CIFAR-100 has 154 MB; old protocols store it as
/// text, which takes more than twice that with its conversion to bytes.
const BUDGET: usize = 640 << 20;

/// Limit on the length of a file; all files of CIFAR are shorter.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Number of training files of CIFAR-10.
const BATCHES: usize = 5;

/// The data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ten,
    Hundred,
}

impl Kind {
    /// Detects the data set in the folder from its file names.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let has = |name: &str| folder.join(name).is_file();
        if has("test_batch") || (1..=BATCHES).any(|part| has(&batch(part))) {
            return Some(Self::Ten);
        }
        ((has("train") || has("test")) && has("meta")).then_some(Self::Hundred)
    }

    /// The layout's name, the same as for the binary version.
    pub(super) fn layout(self) -> &'static str {
        match self {
            Self::Ten => "cifar10",
            Self::Hundred => "cifar100",
        }
    }
}

fn batch(part: usize) -> String {
    format!("data_batch_{part}")
}

/// Reads both parts; also returns the number of training files if some of CIFAR-10 are missing.
pub(super) fn read(kind: Kind, folder: &Path, coarse: bool) -> Result<([Images; 2], Option<usize>), DataError> {
    let (format, meta, labels, train, test): (_, _, _, Vec<PathBuf>, _) = match kind {
        Kind::Ten => {
            let all = (1..=BATCHES).map(|part| folder.join(batch(part)));
            let existing = all.filter(|path| path.is_file()).collect();
            (CIFAR10, ("batches.meta", "label_names"), "labels", existing, "test_batch")
        }
        Kind::Hundred if coarse => {
            (CIFAR100_COARSE, ("meta", "coarse_label_names"), "coarse_labels", vec![folder.join("train")], "test")
        }
        Kind::Hundred => (CIFAR100, ("meta", "fine_label_names"), "fine_labels", vec![folder.join("train")], "test"),
    };
    if train.is_empty() {
        return Err(DataError::Empty { path: folder.join(batch(1)) });
    }
    let classes = names(&folder.join(meta.0), meta.1, format)?;
    let missing = (kind == Kind::Ten && train.len() < BATCHES).then_some(train.len());
    let parts = [images(&train, labels, format, &classes)?, images(&[folder.join(test)], labels, format, &classes)?];
    Ok((parts, missing))
}

/// Returns the class names. Without the file of names: the published names of CIFAR-10, else `class N`.
fn names(path: &Path, key: &str, format: Format) -> Result<Arc<[String]>, DataError> {
    if !path.exists() {
        return Ok(known_names(format));
    }
    let pickle = open(path)?;
    let listed = pickle.root().get(key).ok_or_else(|| pickle_error(path, format!("it has no list '{key}'")))?;
    let name = |value: Value<'_>| value.as_str().map(str::to_owned);
    let names: Option<Vec<String>> = listed.items().map(name).collect();
    let names = names.ok_or_else(|| pickle_error(path, format!("'{key}' has an item that is not a string")))?;
    match names.len() == format.classes {
        true => Ok(names.into()),
        false => Err(DataError::Names { path: path.into(), found: names.len(), expected: format.classes }),
    }
}

fn images(files: &[PathBuf], key: &str, format: Format, classes: &Arc<[String]>) -> Result<Images, DataError> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for path in files {
        append(path, key, format, &mut pixels, &mut labels)?;
    }
    Images::new(pixels, labels, Arc::clone(classes), SHAPE)
}

/// Appends the images of one file.
fn append(
    path: &Path,
    key: &str,
    format: Format,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<u16>,
) -> Result<(), DataError> {
    let pickle = open(path)?;
    let root = pickle.root();
    let data = root.get("data").and_then(Value::as_byte_array);
    let data = data.ok_or_else(|| pickle_error(path, "it has no byte array 'data'"))?;
    let listed = root.get(key).ok_or_else(|| pickle_error(path, format!("it has no list '{key}'")))?;
    let count = listed.items().len();
    let rows = match data.shape[..] {
        [rows, columns] if columns == SHAPE.len() => rows,
        [rows, 3, 32, 32] => rows,
        _ => {
            return Err(pickle_error(
                path,
                format!("'data' has the shape {:?}, not [images, {}]", data.shape, SHAPE.len()),
            ));
        }
    };
    if rows != count || count == 0 {
        return Err(pickle_error(path, format!("it has {rows} images and {count} labels")));
    }
    for (index, label) in listed.items().enumerate() {
        let label = label.as_i64().and_then(|label| usize::try_from(label).ok());
        let label =
            label.ok_or_else(|| pickle_error(path, format!("label {} is not an integer of 0 or more", index + 1)))?;
        match u16::try_from(label) {
            Ok(short) if label < format.classes => labels.push(short),
            _ => {
                let most = format.classes - 1;
                return Err(DataError::Label { path: path.into(), record: index + 1, label, most });
            }
        }
    }
    pixels.extend_from_slice(&data.bytes);
    Ok(())
}

fn open(path: &Path) -> Result<Pickle, DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(pickle_error(
            path,
            format!("it is longer than {} MiB, which is more than any CIFAR file", MAX_FILE_BYTES >> 20),
        ));
    }
    Pickle::parse_within(&bytes, BUDGET).map_err(|error| pickle_error(path, error.to_string()))
}

fn pickle_error(path: &Path, what: impl Into<String>) -> DataError {
    DataError::Pickle { path: path.into(), what: what.into() }
}
