//! A data set: training and test part, read from whatever layout the folder has.

use super::cifar::{self, Format};
use super::cifar_python;
use super::decode::check_size;
use super::error::DataError;
use super::images::Images;
use super::notes::Notes;
use super::picture::MOST_DECODED;
use super::procedural;
use super::source::Source;
use super::warning::{Part, Warning, duplicates};
use super::{listed, load, roles, tree};
use crate::formats;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the message about an unknown folder says.
pub(super) const LAYOUTS: &str = "known are: CIFAR-10 (data_batch_1.bin to data_batch_5.bin, test_batch.bin), \
    CIFAR-100 (train.bin, test.bin), the Python versions of both (data_batch_1 and so on; train, test, meta), \
    TinyImageNet (wnids.txt, train/ID/images, val/val_annotations.txt), \
    image folders (train/CLASS/*.jpg or other pictures, and val/CLASS, test/CLASS or both), \
    and one image folder to split (CLASS/*.jpg or other pictures)";

/// How a folder is read. The default asks for nothing special.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Height and width that image files are brought to: cut around the centre to their ratio, then scaled.
    /// Without it all files must have one size. CIFAR is always 32x32.
    pub resize: Option<(usize, usize)>,
    /// Whether all images are test images, but for one, where the folder has no parts of its own.
    pub whole: bool,
    /// Image files that would take more bytes than this when decoded are decoded on demand instead.
    pub memory_bound: u64,
    /// Image files that take more bytes than this when decoded are refused.
    pub picture_bound: u64,
    /// Part of each class that becomes the test part where one tree is all there is.
    pub test_fraction: f64,
    /// Decides which images that are.
    pub seed: u64,
    /// Takes CIFAR-100's 20 coarse labels instead of the 100 fine ones.
    pub coarse: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        let (memory_bound, picture_bound) = (2 << 30, MOST_DECODED);
        Self { resize: None, whole: false, memory_bound, picture_bound, test_fraction: 0.2, seed: 0, coarse: false }
    }
}

/// A training and a test part with the same classes and image shape, and a validation part where the data set has one.
///
/// Where it has none, [`Split`](super::Split) takes the images to validate on during a search from the training part.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Which layout it was read from: `cifar10`, `cifar100`, `tiny-imagenet`, `folders` or `procedural`.
    pub layout: &'static str,
    /// Images to train on.
    pub train: Arc<Source>,
    /// Images to measure rewards on, where the data set has a part of its own for that.
    pub validation: Option<Arc<Source>>,
    /// Images to test on (TinyImageNet's validation part: its test part has no labels).
    pub test: Arc<Source>,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

impl Dataset {
    /// Reads the data set in the folder `path` with default options.
    ///
    /// # Errors
    /// See [`Dataset::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::open_with(path, &OpenOptions::default())
    }

    /// Reads the data set in the folder `path`, whose layout is found out by its files.
    ///
    /// # Errors
    /// A layout that is not known, a file that cannot be read or is damaged (named with its record), labels out of
    /// range, an empty class folder, images of several sizes without [`OpenOptions::resize`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, DataError> {
        let folder = path.as_ref();
        if let Some(kind) = formats::of_file(folder) {
            return Err(DataError::Foreign { path: folder.into(), kind });
        }
        if folder.is_file() {
            return Err(DataError::NoFolder { path: folder.into() });
        }
        std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.into(), source })?;
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
            None => Err(match formats::of_folder(folder) {
                Some((path, kind)) if kind != formats::Kind::Picture => DataError::Foreign { path, kind },
                _ => DataError::UnknownLayout { path: folder.into() },
            }),
        }
    }

    /// The data set of few large files in a folder, where there is one.
    fn open_binary(folder: &Path, coarse: bool) -> Option<Result<Self, DataError>> {
        if is_cifar10(folder) {
            return Some(cifar10(folder));
        }
        if is_cifar100(folder) {
            return Some(cifar100(folder, coarse));
        }
        cifar_python::Kind::of(folder).map(|kind| cifar_of_python(kind, folder, coarse))
    }

    /// The same with images of another height and width: they are cut around the centre to that ratio and scaled, as
    /// with [`OpenOptions::resize`].
    ///
    /// # Errors
    /// A size that no network takes.
    pub fn resized(mut self, height: usize, width: usize) -> Result<Self, DataError> {
        check_size(height, width)?;
        let resized = |part: &Arc<Source>| match &**part {
            Source::Memory(images) => Arc::new(Source::Memory(images.resized(height, width))),
            Source::Files(files) => Arc::new(Source::Files(files.resized(height, width))),
        };
        let changed = |part: &Arc<Source>| (part.shape().height, part.shape().width) != (height, width);
        let count = self.parts().filter(|(_, part)| changed(part)).map(|(_, part)| part.len()).sum();
        let of = self.parts().map(|(_, part)| part.len()).sum();
        (self.train, self.test) = (resized(&self.train), resized(&self.test));
        self.validation = self.validation.as_ref().map(resized);
        if count > 0 {
            self.warnings.push(Warning::Resized { count, of, height, width });
        }
        Ok(self)
    }

    /// The data set's folder in a folder that holds nothing else and is no data set itself.
    pub(super) fn wrapped(folder: &Path) -> Option<PathBuf> {
        let is_layout = |folder: &Path| Self::is_binary(folder) || listed::is_layout(folder);
        // A test part alone is no data set, whatever is in it.
        let only = tree::only_folder(folder).filter(|inner| roles::part_of(tree::name(inner)).is_none())?;
        (!is_layout(folder) && is_layout(&only)).then_some(only)
    }

    /// True of a folder with a data set of few large files instead of picture files.
    pub(super) fn is_binary(folder: &Path) -> bool {
        is_cifar10(folder) || is_cifar100(folder) || cifar_python::Kind::of(folder).is_some()
    }

    /// The built-in set: `train` and `test` rendered images of 10 classes, 3x32x32; see [`procedural`].
    pub fn procedural(seed: u64, train: usize, test: usize) -> Self {
        let [train, test] = procedural::render(seed, train, test).map(|part| Arc::new(Source::Memory(part)));
        Self { layout: "procedural", train, validation: None, test, warnings: Vec::new() }
    }

    /// The names of the classes; a label is a place in it.
    pub fn classes(&self) -> &[String] {
        self.train.classes()
    }

    /// Reads every image once; those in memory were read before.
    ///
    /// # Errors
    /// The first image file that cannot be read or decoded.
    pub fn check(&self) -> Result<(), DataError> {
        let broken = |(_, part): (Part, &Arc<Source>)| {
            let read = |scratch: &mut Vec<u8>, image| part.read(image, scratch, |_| ()).err();
            (0..part.len()).into_par_iter().map_init(Vec::new, read).find_map_first(|error| error)
        };
        self.parts().filter(|(_, part)| part.images().is_none()).find_map(broken).map_or(Ok(()), Err)
    }

    /// The parts that there are: training, validation where there is one, and test.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &Arc<Source>)> {
        let validation = self.validation.as_ref().map(|part| (Part::Validation, part));
        std::iter::once((Part::Training, &self.train)).chain(validation).chain([(Part::Test, &self.test)])
    }

    /// Bytes of memory that all parts take.
    pub fn memory(&self) -> u64 {
        self.parts().map(|(_, part)| part.memory()).sum()
    }

    fn in_memory(layout: &'static str, train: Images, test: Images, warnings: Vec<Warning>) -> Self {
        let [train, test] = [train, test].map(|part| Arc::new(Source::Memory(part)));
        let mut data = Self { layout, train, validation: None, test, warnings };
        data.warn_of_duplicates();
        data
    }

    /// Compares every two parts, where they are in memory.
    pub(super) fn warn_of_duplicates(&mut self) {
        let parts: Vec<_> = self.parts().filter_map(|(name, part)| Some((name, part.images()?))).collect();
        let mut found = Vec::new();
        for (place, (second, images)) in parts.iter().enumerate() {
            for (first, others) in &parts[..place] {
                let twins = duplicates(others, images);
                found.extend(twins.map(|found| Warning::Duplicates { parts: [*first, *second], found }));
            }
        }
        self.warnings.extend(found);
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

fn cifar_of_python(kind: cifar_python::Kind, folder: &Path, coarse: bool) -> Result<Dataset, DataError> {
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
