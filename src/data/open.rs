//! Opens the data set in a folder; its layout is detected from its files.

use super::cifar::{self, Format};
use super::cifar_python;
use super::dataset::{Dataset, OpenOptions};
use super::decode::check_size;
use super::error::DataError;
use super::notes::Notes;
use super::procedural;
use super::source::Source;
use super::warning::Warning;
use super::{entry, listed, load, roles, signal_files, tree};
use crate::formats;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Dataset {
    /// Reads the data set in the folder `path` with default options.
    ///
    /// # Errors
    /// See [`Dataset::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::open_with(path, &OpenOptions::default())
    }

    /// Reads the data set in the folder `path`; the layout is detected from its files.
    ///
    /// # Errors
    /// An unsupported layout, a file that cannot be read or is damaged, a label out of range, an empty class folder, or
    /// images of different sizes without [`OpenOptions::resize`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, DataError> {
        let folder = path.as_ref();
        if let Some(kind) = formats::detect(folder) {
            return Err(DataError::UnsupportedFormat { path: folder.into(), kind });
        }
        if folder.is_file() {
            return Err(DataError::NotAFolder { path: folder.into() });
        }
        std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.into(), source })?;
        if signal_files::is_layout(folder) {
            return signal_files::open(folder, options);
        }
        options.resize.map_or(Ok(()), |(height, width)| check_size(height, width))?;
        if let Some(inner) = Self::wrapped(folder) {
            let mut data = Self::open_with(&inner, options)?;
            data.warnings.insert(0, Warning::Nested { outer: folder.into(), inner });
            return Ok(data);
        }
        if let Some(data) = Self::open_binary(folder, options.coarse) {
            let data = data?;
            let Some((height, width)) = options.resize else { return Ok(data) };
            return data.resized(height, width);
        }
        let mut notes = Notes::default();
        match listed::list(folder, &mut notes)? {
            Some(listed) => load::load(listed, options, notes),
            None => Err(match formats::detect_in_folder(folder) {
                Some((path, kind)) if kind != formats::FileFormat::Image => DataError::UnsupportedFormat { path, kind },
                _ => DataError::UnknownLayout { path: folder.into() },
            }),
        }
    }

    /// Opens a data set of few large files; `None` if the folder has none.
    fn open_binary(folder: &Path, coarse: bool) -> Option<Result<Self, DataError>> {
        if is_cifar10(folder) {
            return Some(cifar10(folder));
        }
        if is_cifar100(folder) {
            return Some(cifar100(folder, coarse));
        }
        cifar_python::Kind::of(folder).map(|kind| cifar_from_python(kind, folder, coarse))
    }

    /// Returns the only subfolder of `folder` if that is a data set and `folder` itself is not.
    pub(super) fn wrapped(folder: &Path) -> Option<PathBuf> {
        let is_layout =
            |folder: &Path| Self::is_binary(folder) || signal_files::is_layout(folder) || listed::is_layout(folder);
        // A folder with only one part, such as `test`, is not a data set.
        let only = tree::only_folder(folder).filter(|inner| roles::part_of(entry::name(inner)).is_none())?;
        (!is_layout(folder) && is_layout(&only)).then_some(only)
    }

    /// Whether the folder has a data set of few large files instead of image files.
    pub(super) fn is_binary(folder: &Path) -> bool {
        is_cifar10(folder) || is_cifar100(folder) || cifar_python::Kind::of(folder).is_some()
    }

    /// Renders the built-in data set: 10 classes, `[3, 32, 32]`, with `train` and `test` images; see [`procedural`].
    pub fn procedural(seed: u64, train: usize, test: usize) -> Self {
        let [train, test] = procedural::render(seed, train, test).map(|part| Arc::new(Source::Memory(part)));
        Self { layout: procedural::LAYOUT, train, validation: None, test, warnings: Vec::new() }
    }
}

fn is_cifar10(folder: &Path) -> bool {
    folder.join("test_batch.bin").exists() || !cifar::training_files(folder).is_empty()
}

fn is_cifar100(folder: &Path) -> bool {
    ["train.bin", "test.bin"].iter().any(|name| folder.join(name).exists())
}

fn cifar10(folder: &Path) -> Result<Dataset, DataError> {
    let files = cifar::training_files(folder);
    if files.is_empty() {
        return Err(DataError::Empty { path: folder.join("data_batch_1.bin") });
    }
    let missing = (files.len() < 5).then_some(Warning::PartsMissing { found: files.len(), expected: 5 });
    cifar_parts("cifar10", folder, cifar::CIFAR10, &files, "test_batch.bin", missing)
}

fn cifar100(folder: &Path, coarse: bool) -> Result<Dataset, DataError> {
    let format = if coarse { cifar::CIFAR100_COARSE } else { cifar::CIFAR100 };
    cifar_parts("cifar100", folder, format, &[folder.join("train.bin")], "test.bin", None)
}

fn cifar_from_python(kind: cifar_python::Kind, folder: &Path, coarse: bool) -> Result<Dataset, DataError> {
    let (parts, missing) = cifar_python::read(kind, folder, coarse)?;
    let missing = missing.map(|found| Warning::PartsMissing { found, expected: 5 });
    let [train, test] = parts;
    Ok(Dataset::in_memory(kind.layout(), train, test, missing.into_iter().collect()))
}

fn cifar_parts(
    layout: &'static str,
    folder: &Path,
    format: Format,
    train: &[PathBuf],
    test: &str,
    warning: Option<Warning>,
) -> Result<Dataset, DataError> {
    let classes = cifar::names(folder, format)?;
    let train = cifar::read(train, format, &classes)?;
    let test = cifar::read(&[folder.join(test)], format, &classes)?;
    Ok(Dataset::in_memory(layout, train, test, warning.into_iter().collect()))
}
