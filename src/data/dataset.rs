//! A data set with its parts, read from a folder of any supported layout.

use super::cifar::{self, Format};
use super::cifar_python;
use super::decode::check_size;
use super::error::DataError;
use super::image_file::MAX_DECODED_BYTES;
use super::images::Images;
use super::notes::Notes;
use super::procedural;
use super::source::Source;
use super::warning::{Part, Warning, duplicates};
use super::{listed, load, roles, tree};
use crate::formats;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The supported layouts, for error messages.
pub(super) const LAYOUTS: &str = "supported layouts: CIFAR-10 (data_batch_1.bin to data_batch_5.bin, test_batch.bin), \
    CIFAR-100 (train.bin, test.bin), the Python versions of both (data_batch_1 and so on; train, test, meta), \
    TinyImageNet (wnids.txt, train/ID/images, val/val_annotations.txt), \
    image folders (train/CLASS/*.jpg or other image files, and val/CLASS, test/CLASS or both), \
    and one image folder to split (CLASS/*.jpg or other image files)";

/// Options for opening a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Height and width to resize the images to: cropped around the centre to this aspect ratio, then scaled.
    /// Without it all image files must have the same size.
    pub resize: Option<(usize, usize)>,
    /// If the folder has only one part: uses all its images as test images, and the first one also as training image.
    pub whole: bool,
    /// Limit on the memory of all decoded images, in bytes; above it, images are decoded on demand.
    pub memory_bound: u64,
    /// Limit on the memory of one decoded image, in bytes; larger images are refused.
    pub picture_bound: u64,
    /// Fraction of each class that becomes the test part if the folder has only one part.
    pub test_fraction: f64,
    /// Seed that selects these test images.
    pub seed: u64,
    /// Uses the 20 coarse labels of CIFAR-100 instead of the 100 fine ones.
    pub coarse: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        let (memory_bound, picture_bound) = (2 << 30, MAX_DECODED_BYTES);
        Self { resize: None, whole: false, memory_bound, picture_bound, test_fraction: 0.2, seed: 0, coarse: false }
    }
}

/// A training part, a test part and an optional validation part with the same classes and image shape.
///
/// If there is no validation part, a search holds out validation images from the training part
/// ([`Split`](super::Split)).
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The layout: `cifar10`, `cifar100`, `tiny-imagenet`, `folders` or `procedural`.
    pub layout: &'static str,
    /// Images to train on.
    pub train: Arc<Source>,
    /// Images to measure rewards on, if the data set has a validation part.
    pub validation: Option<Arc<Source>>,
    /// Images to test on. For TinyImageNet this is the validation part, because its test part has no labels.
    pub test: Arc<Source>,
    /// Warnings about the data set.
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

    /// Reads the data set in the folder `path`; the layout is detected from its files.
    ///
    /// # Errors
    /// An unsupported layout, a file that cannot be read or is damaged, a label out of range, an empty class folder, or
    /// images of different sizes without [`OpenOptions::resize`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, DataError> {
        let folder = path.as_ref();
        if let Some(kind) = formats::of_file(folder) {
            return Err(DataError::UnsupportedFormat { path: folder.into(), kind });
        }
        if folder.is_file() {
            return Err(DataError::NotAFolder { path: folder.into() });
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

    /// Resizes all images as with [`OpenOptions::resize`].
    ///
    /// # Errors
    /// A height or width that is not 1 to 4096 pixels.
    pub fn resized(mut self, height: usize, width: usize) -> Result<Self, DataError> {
        check_size(height, width)?;
        let resized = |part: &Arc<Source>| match &**part {
            Source::Memory(images) => Arc::new(Source::Memory(images.resized(height, width))),
            Source::Files(files) => Arc::new(Source::Files(files.resized(height, width))),
        };
        let changed = |part: &Arc<Source>| (part.shape().height, part.shape().width) != (height, width);
        let count = self.parts().filter(|(_, part)| changed(part)).map(|(_, part)| part.len()).sum();
        let total = self.parts().map(|(_, part)| part.len()).sum();
        (self.train, self.test) = (resized(&self.train), resized(&self.test));
        self.validation = self.validation.as_ref().map(resized);
        if count > 0 {
            self.warnings.push(Warning::Resized { count, total, height, width });
        }
        Ok(self)
    }

    /// Returns the only subfolder of `folder` if that is a data set and `folder` itself is not.
    pub(super) fn wrapped(folder: &Path) -> Option<PathBuf> {
        let is_layout = |folder: &Path| Self::is_binary(folder) || listed::is_layout(folder);
        // A folder with only one part, such as `test`, is not a data set.
        let only = tree::only_folder(folder).filter(|inner| roles::part_of(tree::name(inner)).is_none())?;
        (!is_layout(folder) && is_layout(&only)).then_some(only)
    }

    /// Whether the folder has a data set of few large files instead of image files.
    pub(super) fn is_binary(folder: &Path) -> bool {
        is_cifar10(folder) || is_cifar100(folder) || cifar_python::Kind::of(folder).is_some()
    }

    /// Renders the built-in data set: 10 classes, `[3, 32, 32]`, with `train` and `test` images; see [`procedural`].
    pub fn procedural(seed: u64, train: usize, test: usize) -> Self {
        let [train, test] = procedural::render(seed, train, test).map(|part| Arc::new(Source::Memory(part)));
        Self { layout: "procedural", train, validation: None, test, warnings: Vec::new() }
    }

    /// The class names, indexed by label.
    pub fn classes(&self) -> &[String] {
        self.train.classes()
    }

    /// Decodes every image that is not in memory.
    ///
    /// # Errors
    /// An image file that cannot be read or decoded.
    pub fn check(&self) -> Result<(), DataError> {
        let first_error = |(_, part): (Part, &Arc<Source>)| {
            let read = |scratch: &mut Vec<u8>, image| part.read(image, scratch, |_| ()).err();
            (0..part.len()).into_par_iter().map_init(Vec::new, read).find_map_first(|error| error)
        };
        self.parts().filter(|(_, part)| part.images().is_none()).find_map(first_error).map_or(Ok(()), Err)
    }

    /// The parts: training, validation if there is one, and test.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &Arc<Source>)> {
        let validation = self.validation.as_ref().map(|part| (Part::Validation, part));
        std::iter::once((Part::Training, &self.train)).chain(validation).chain([(Part::Test, &self.test)])
    }

    /// Memory of all parts in bytes.
    pub fn memory(&self) -> u64 {
        self.parts().map(|(_, part)| part.memory()).sum()
    }

    fn in_memory(layout: &'static str, train: Images, test: Images, warnings: Vec<Warning>) -> Self {
        let [train, test] = [train, test].map(|part| Arc::new(Source::Memory(part)));
        let mut data = Self { layout, train, validation: None, test, warnings };
        data.warn_of_duplicates();
        data
    }

    /// Adds a warning for each pair of parts in memory that share images.
    pub(super) fn warn_of_duplicates(&mut self) {
        let parts: Vec<_> = self.parts().filter_map(|(name, part)| Some((name, part.images()?))).collect();
        let mut found = Vec::new();
        for (index, (second, images)) in parts.iter().enumerate() {
            for (first, others) in &parts[..index] {
                let duplicates = duplicates(others, images);
                found.extend(duplicates.map(|found| Warning::Duplicates { parts: [*first, *second], found }));
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
