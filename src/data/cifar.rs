//! Reader of the binary versions of CIFAR-10 and CIFAR-100.
//!
//! A record is one label byte (CIFAR-10) or two, coarse and fine (CIFAR-100), and 3072 bytes of pixels `[3, 32, 32]`.

use super::error::DataError;
use super::image_file::{read_file, read_text};
use super::images::Images;
use super::shape::ImageShape;
use crate::shown::Show;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const SHAPE: ImageShape = ImageShape::rgb(32, 32);
const NAMES_10: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The record format of a data set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    label_bytes: usize,
    /// Index of the label byte that is used.
    label_at: usize,
    pub(super) classes: usize,
    names_file: &'static str,
}

/// CIFAR-10.
pub(super) const CIFAR10: Format = Format { label_bytes: 1, label_at: 0, classes: 10, names_file: "batches.meta.txt" };
/// CIFAR-100 with its 100 fine labels.
pub(super) const CIFAR100: Format =
    Format { label_bytes: 2, label_at: 1, classes: 100, names_file: "fine_label_names.txt" };
/// CIFAR-100 with its 20 coarse labels.
pub(super) const CIFAR100_COARSE: Format =
    Format { label_bytes: 2, label_at: 0, classes: 20, names_file: "coarse_label_names.txt" };

/// Returns the training files of CIFAR-10 that exist in `folder`, in order.
pub(super) fn training_files(folder: &Path) -> Vec<PathBuf> {
    (1..=5).map(|part| folder.join(format!("data_batch_{part}.bin"))).filter(|path| path.is_file()).collect()
}

impl Images {
    /// Reads the images of one CIFAR-10 file from `bytes`; `path` names the file in errors.
    ///
    /// # Errors
    /// An incomplete record, or a label that is out of range.
    pub fn from_cifar10(path: &Path, bytes: &[u8]) -> Result<Self, DataError> {
        Self::from_records(path, bytes, CIFAR10)
    }

    /// Reads the images of one CIFAR-100 file from `bytes`, with the fine labels.
    ///
    /// # Errors
    /// As [`Images::from_cifar10`].
    pub fn from_cifar100(path: &Path, bytes: &[u8]) -> Result<Self, DataError> {
        Self::from_records(path, bytes, CIFAR100)
    }

    fn from_records(path: &Path, bytes: &[u8], format: Format) -> Result<Self, DataError> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        append(path, bytes, format, &mut pixels, &mut labels)?;
        Self::new(pixels, labels, known_names(format), SHAPE)
    }
}

/// Reads the records of all `files`, in order.
pub(super) fn read(files: &[PathBuf], format: Format, classes: &Arc<[String]>) -> Result<Images, DataError> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for path in files {
        let bytes = read_file(path)?;
        append(path, &bytes, format, &mut pixels, &mut labels)?;
    }
    Images::new(pixels, labels, Arc::clone(classes), SHAPE)
}

/// Reads each file of a folder separately and returns all errors.
pub(super) fn file_errors(folder: &Path, coarse: bool) -> Vec<DataError> {
    let (format, train, test) = match training_files(folder) {
        files if files.is_empty() && coarse => (CIFAR100_COARSE, vec![folder.join("train.bin")], "test.bin"),
        files if files.is_empty() => (CIFAR100, vec![folder.join("train.bin")], "test.bin"),
        files => (CIFAR10, files, "test_batch.bin"),
    };
    let named = names(folder, format);
    let classes = named.as_ref().map_or_else(|_| known_names(format), Arc::clone);
    let one = |path: &PathBuf| read(std::slice::from_ref(path), format, &classes).err();
    named.err().into_iter().chain(train.iter().chain([&folder.join(test)]).filter_map(one)).collect()
}

fn append(
    path: &Path,
    bytes: &[u8],
    format: Format,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<u16>,
) -> Result<(), DataError> {
    let size = format.label_bytes + SHAPE.len();
    let records = bytes.chunks_exact(size);
    if bytes.is_empty() {
        return Err(DataError::Empty { path: path.into() });
    }
    if !records.remainder().is_empty() {
        let (records, bytes, record_bytes) = (records.len() as u64, bytes.len() as u64, size as u64);
        return Err(DataError::Truncated { path: path.into(), bytes, records, record_bytes });
    }
    pixels.reserve_exact(records.len() * SHAPE.len());
    for (index, record) in records.enumerate() {
        let label = record[format.label_at];
        if usize::from(label) >= format.classes {
            let (record, label, most) = (index + 1, label.into(), format.classes - 1);
            return Err(DataError::Label { path: path.into(), record, label, most });
        }
        labels.push(label.into());
        pixels.extend_from_slice(&record[format.label_bytes..]);
    }
    Ok(())
}

/// Returns the class names in `folder`. Without the file of names: the published names of CIFAR-10, else `class N`.
pub(super) fn names(folder: &Path, format: Format) -> Result<Arc<[String]>, DataError> {
    let path = folder.join(format.names_file);
    let text = match read_text(&path) {
        Ok(text) => text,
        Err(DataError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(known_names(format));
        }
        Err(error) => return Err(error),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Arc<[String]> = lines.map(|line| line.shown().to_string()).collect();
    match names.len() == format.classes {
        true => Ok(names),
        false => Err(DataError::Names { path, found: names.len(), expected: format.classes }),
    }
}

pub(super) fn known_names(format: Format) -> Arc<[String]> {
    match format.classes {
        10 => NAMES_10.map(String::from).into(),
        classes => (0..classes).map(|class| format!("class {class}")).collect(),
    }
}
