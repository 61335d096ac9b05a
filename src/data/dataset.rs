//! A data set: training and test part, read from whatever layout the folder has.

use super::cifar::{self, Format};
use super::decode::{Size, check_size, decode_into, dimensions};
use super::error::DataError;
use super::fingerprint::marks;
use super::images::Images;
use super::source::{Files, Source};
use super::split::{Split, SplitOptions};
use super::tree::{self, Listing, Skipped};
use super::warning::{Warning, duplicates};
use super::{cifar_python, procedural, tiny};
use crate::formats;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the message about an unknown folder says.
pub(super) const LAYOUTS: &str = "known are: CIFAR-10 (data_batch_1.bin to data_batch_5.bin, test_batch.bin), \
    CIFAR-100 (train.bin, test.bin), the Python versions of both (data_batch_1 and so on; train, test, meta), TinyImageNet (wnids.txt, train/ID/images, val/val_annotations.txt), \
    image folders (train/CLASS/*.jpg or .png and val/CLASS or test/CLASS), \
    and one image folder to split (CLASS/*.jpg or .png)";

/// More pixels each way than any network takes; a mistyped size should not fill the memory.
const MOST_PIXELS: usize = 4096;

/// How a folder is read. The default asks for nothing special.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Height and width that image files are brought to: scaled to cover it, then cut around the centre.
    /// Without it all files must have one size. CIFAR is always 32x32.
    pub resize: Option<(usize, usize)>,
    /// Image files that would take more bytes than this when decoded are decoded on demand instead.
    pub memory_bound: u64,
    /// Part of each class that becomes the test part where one tree is all there is.
    pub test_fraction: f64,
    /// Decides which images that are.
    pub seed: u64,
    /// Takes CIFAR-100's 20 coarse labels instead of the 100 fine ones.
    pub coarse: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { resize: None, memory_bound: 2 << 30, test_fraction: 0.2, seed: 0, coarse: false }
    }
}

/// A training and a test part with the same classes and image shape.
///
/// The part to validate on during a search is no part of its own: [`Split`] takes it from the training part.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Which layout it was read from: `cifar10`, `cifar100`, `tiny-imagenet`, `folders` or `procedural`.
    pub layout: &'static str,
    /// Images to train on.
    pub train: Arc<Source>,
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
        std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.into(), source })?;
        let possible = |side| (1..=MOST_PIXELS).contains(&side);
        if !options.resize.is_none_or(|(height, width)| possible(height) && possible(width)) {
            return Err(DataError::Invalid(format!("a size to resize to is 1 to {MOST_PIXELS} pixels each way")));
        }
        let has = |name: &str| folder.join(name).exists();
        let held_out = ["val", "validation", "test"].map(|name| folder.join(name));
        if has("test_batch.bin") || !cifar::training_files(folder).is_empty() {
            cifar10(folder)
        } else if has("train.bin") || has("test.bin") {
            cifar100(folder, options.coarse)
        } else if let Some(kind) = cifar_python::Kind::of(folder) {
            cifar_of_python(kind, folder, options.coarse)
        } else if has("wnids.txt") {
            tiny_imagenet(folder, options)
        } else if let (true, Some(held_out)) = (has("train"), held_out.iter().find(|path| path.is_dir())) {
            two_trees(&folder.join("train"), held_out, options)
        } else if has("train") && tree::has_classes(&folder.join("train")) {
            one_tree(&folder.join("train"), options)
        } else if tree::has_classes(folder) {
            one_tree(folder, options)
        } else {
            Err(match formats::of_folder(folder) {
                Some((path, kind)) if kind != formats::Kind::Picture => DataError::Foreign { path, kind },
                _ => DataError::UnknownLayout { path: folder.into() },
            })
        }
    }

    /// The built-in set: `train` and `test` rendered images of 10 classes, 3x32x32; see [`procedural`].
    pub fn procedural(seed: u64, train: usize, test: usize) -> Self {
        let [train, test] = procedural::render(seed, train, test).map(|part| Arc::new(Source::Memory(part)));
        Self { layout: "procedural", train, test, warnings: Vec::new() }
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
        let parts = [&self.train, &self.test].into_iter().filter(|part| part.images().is_none());
        let broken = |part: &Arc<Source>| {
            let read = |scratch: &mut Vec<u8>, image| part.read(image, scratch, |_| ()).err();
            (0..part.len()).into_par_iter().map_init(Vec::new, read).find_map_first(|error| error)
        };
        parts.into_iter().find_map(broken).map_or(Ok(()), Err)
    }

    /// Bytes of memory that both parts take.
    pub fn memory(&self) -> u64 {
        self.train.memory() + self.test.memory()
    }

    fn in_memory(layout: &'static str, train: Images, test: Images, mut warnings: Vec<Warning>) -> Self {
        warnings.extend(duplicates(&train, &test).map(Warning::Duplicates));
        Self { layout, train: Arc::new(Source::Memory(train)), test: Arc::new(Source::Memory(test)), warnings }
    }
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

fn tiny_imagenet(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let mut skipped = Skipped::default();
    let ids = tiny::ids(folder)?;
    let train = tiny::train(folder, &ids, &mut skipped)?;
    let test = tiny::validation(folder, &ids)?;
    let names = tiny::names(folder, &ids)?;
    files("tiny-imagenet", [train, test], names, options, skipped.warning().into_iter().collect())
}

fn two_trees(train: &Path, held_out: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let mut skipped = Skipped::default();
    let (names, train) = tree::train(train, &mut skipped)?;
    let (test, missing) = tree::held_out(held_out, &names, &mut skipped)?;
    files("folders", [train, test], names, options, missing.into_iter().chain(skipped.warning()).collect())
}

fn one_tree(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let mut skipped = Skipped::default();
    let (names, all) = tree::train(folder, &mut skipped)?;
    let how = SplitOptions { fraction: options.test_fraction, seed: options.seed, stratified: true };
    let split = Split::new(&all.labels, how)?;
    let parts = [all.select(&split.train), all.select(&split.validation)];
    files("folders", parts, names, options, skipped.warning().into_iter().collect())
}

/// Decodes both parts, or leaves them as files where they would take more memory than allowed.
fn files(
    layout: &'static str,
    [train, test]: [Listing; 2],
    names: Vec<String>,
    options: &OpenOptions,
    mut warnings: Vec<Warning>,
) -> Result<Dataset, DataError> {
    let size = size(&train, options)?;
    let classes: Arc<[String]> = names.into();
    let count = (train.paths.len() + test.paths.len()) as u64;
    if count.saturating_mul(size.shape().len() as u64) <= options.memory_bound {
        let decoded = [decode(train, size, &classes)?, decode(test, size, &classes)?];
        let [train, test] = decoded;
        return Ok(Dataset::in_memory(layout, train, test, warnings));
    }
    // A file of another size is better found now than hours into a run.
    if let Some(error) = train.paths.par_iter().chain(&test.paths).find_map_first(|path| check_size(path, size).err()) {
        return Err(error);
    }
    warnings.push(Warning::DuplicatesUnchecked);
    let [train, test] = [train, test].map(|Listing { paths, labels }| {
        let marks = marks(&paths);
        Arc::new(Source::Files(Files { paths, labels, classes: Arc::clone(&classes), size, marks }))
    });
    Ok(Dataset { layout, train, test, warnings })
}

/// The size asked for, else that of the first training file.
fn size(train: &Listing, options: &OpenOptions) -> Result<Size, DataError> {
    match (options.resize, train.paths.first()) {
        (Some((height, width)), _) => Ok(Size::Resize { height, width }),
        (None, Some(path)) => dimensions(path).map(|(height, width)| Size::Exact { height, width }),
        (None, None) => Err(DataError::Invalid("there are no images to train on".into())),
    }
}

fn decode(listing: Listing, size: Size, classes: &Arc<[String]>) -> Result<Images, DataError> {
    let shape = size.shape();
    let mut pixels = vec![0; listing.paths.len() * shape.len()];
    let rooms = pixels.par_chunks_exact_mut(shape.len().max(1)).zip(&listing.paths);
    match rooms.find_map_first(|(room, path)| decode_into(path, size, room).err()) {
        Some(error) => Err(error),
        None => {
            let images = Images::new(pixels, listing.labels, Arc::clone(classes), shape)?;
            Ok(images.marked(marks(&listing.paths)))
        }
    }
}
