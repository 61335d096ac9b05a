//! A data set of signals as NumPy arrays: `x_train.npy` with the signals and `y_train.npy` with their labels, and the
//! same for `val` and `test`.

use super::dataset::{Dataset, OpenOptions};
use super::error::DataError;
use super::npy::Array;
use super::part::Part;
use super::shape::ImageShape;
use super::signals::{NOT_FINITE, Signals};
use super::source::Source;
use super::split::{Split, SplitOptions};
use crate::convert::to_f32;
use crate::device::check_memory;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the layout.
pub const LAYOUT: &str = "signals";

/// The file of class names, one a line.
const NAMES: &str = "classes.txt";

/// The parts and the ends of their file names.
const PARTS: [(Part, &str); 3] = [(Part::Training, "train"), (Part::Validation, "val"), (Part::Test, "test")];

/// The arrays of a part.
struct Arrays {
    signals: PathBuf,
    labels: PathBuf,
}

/// Signals and labels of a part as read.
struct Read {
    path: PathBuf,
    values: Vec<f32>,
    labels: Vec<u16>,
    shape: ImageShape,
}

/// Whether the folder has arrays of signals, complete or not.
pub(super) fn is_layout(folder: &Path) -> bool {
    PARTS.iter().any(|(_, end)| file(folder, 'x', end).is_file() || file(folder, 'y', end).is_file())
}

/// The file of a part: `x_train.npy`, or `X_train.npy` if that exists.
fn file(folder: &Path, letter: char, end: &str) -> PathBuf {
    let named = |letter: char| folder.join(format!("{letter}_{end}.npy"));
    let capital = named(letter.to_ascii_uppercase());
    if capital.is_file() { capital } else { named(letter) }
}

/// Reads the data set. Without a test part, the validation part is used for testing; without both, a fraction of each
/// class of the training part.
///
/// # Errors
/// A missing or damaged file, signals of several shapes, values that are not finite, or labels that are not the numbers
/// of classes.
pub(super) fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let mut parts = PARTS.into_iter().map(|(part, end)| read(folder, part, end)).collect::<Result<Vec<_>, _>>()?;
    let shape = parts[0].as_ref().map(|train| train.shape).unwrap_or(ImageShape { channels: 0, height: 1, width: 0 });
    if let Some(other) = parts.iter().flatten().find(|part| part.shape != shape) {
        let what =
            format!("has signals of {}, but those for training are {shape}; bring them to one shape", other.shape);
        return Err(DataError::Array { path: other.path.clone(), what });
    }
    let classes = classes(folder, &parts)?;
    let mut part = |place: usize| parts[place].take().map(|read| signals(read, &classes)).transpose();
    let missing = || DataError::Empty { path: file(folder, 'x', "train") };
    let (train, validation, test) = (part(0)?.ok_or_else(missing)?, part(1)?, part(2)?);
    let (train, validation, test) = match (validation, test) {
        (validation, Some(test)) => (train, validation, test),
        (Some(validation), None) => (train, None, validation),
        (None, None) => {
            let (train, test) = split(&train, options)?;
            (train, None, test)
        }
    };
    let [train, test] = [train, test].map(|part| Arc::new(Source::Signals(part)));
    let validation = validation.map(|part| Arc::new(Source::Signals(part)));
    let mut data = Dataset { layout: LAYOUT, train, validation, test, warnings: Vec::new() };
    if !options.whole {
        data.warn_of_duplicates();
    }
    match options.resize {
        Some((height, width)) => data.resized(height, width),
        None => Ok(data),
    }
}

/// Splits a single part into signals for training and for testing.
fn split(all: &Signals, options: &OpenOptions) -> Result<(Signals, Signals), DataError> {
    let select = |order: &[usize]| all.rearranged(order, all.labels(), all.classes());
    if options.whole {
        return Ok((select(&[0]), all.clone()));
    }
    let split_options = SplitOptions { fraction: options.test_fraction, seed: options.seed, stratified: true };
    let split = Split::new(all.labels(), split_options)?;
    Ok((select(&split.train), select(&split.validation)))
}

/// Reads the arrays of a part; `None` if it has no files and is not the training part.
fn read(folder: &Path, part: Part, end: &str) -> Result<Option<Read>, DataError> {
    let arrays = Arrays { signals: file(folder, 'x', end), labels: file(folder, 'y', end) };
    if part != Part::Training && !arrays.signals.is_file() && !arrays.labels.is_file() {
        return Ok(None);
    }
    let array = Array::open(&arrays.signals)?;
    let wrong = |what: String| DataError::Array { path: arrays.signals.clone(), what };
    let (count, channels, length) = match array.shape[..] {
        [count, length] => (count, 1, length),
        [count, channels, length] | [count, channels, 1, length] => (count, channels, length),
        _ => {
            return Err(wrong(format!(
                "has the shape {:?}; signals are arrays of n x length, n x channels x length or n x channels x 1 x length",
                array.shape
            )));
        }
    };
    let shape = ImageShape { channels, height: 1, width: length };
    if count == 0 || shape.is_empty() {
        return Err(DataError::Empty { path: arrays.signals });
    }
    let bytes = [count, channels, length, 4].into_iter().fold(1, |all: u64, axis| all.saturating_mul(axis as u64));
    check_memory(bytes, "the signals").map_err(|error| wrong(format!("does not fit into memory: {error}")))?;
    let finite = |index: usize, number: f64| {
        let value = to_f32(number);
        let signal = index / shape.len();
        if value.is_finite() { Ok(value) } else { Err(format!("has in signal {signal} {NOT_FINITE}")) }
    };
    let values = array.read(finite)?;
    let labels = labels(&arrays.labels, count)?;
    Ok(Some(Read { path: arrays.signals, values, labels, shape }))
}

/// Reads one label for each of `count` signals.
fn labels(path: &Path, count: usize) -> Result<Vec<u16>, DataError> {
    let array = Array::open(path)?;
    if !matches!(array.shape[..], [n] | [n, 1] if n == count) {
        let what = format!("has the shape {:?}, but there are {count} signals, which need one label each", array.shape);
        return Err(DataError::Array { path: path.into(), what });
    }
    array.read(|index, number| {
        let label = u16::try_from(crate::convert::to_integer(number)).ok().filter(|label| f64::from(*label) == number);
        label.ok_or_else(|| {
            format!("has the label {number} for signal {index}; labels are the numbers of the classes, from 0 to 65535")
        })
    })
}

/// Returns the names in `classes.txt`, or else `class 0` to the largest label.
fn classes(folder: &Path, parts: &[Option<Read>]) -> Result<Arc<[String]>, DataError> {
    let labels = parts.iter().flatten().flat_map(|part| &part.labels);
    let count = labels.max().map_or(0, |label| usize::from(*label) + 1);
    let path = folder.join(NAMES);
    if !path.is_file() {
        return Ok((0..count).map(|label| format!("class {label}")).collect());
    }
    let text = std::fs::read_to_string(&path).map_err(|source| DataError::Read { path: path.clone(), source })?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    match names.len() >= count {
        true => Ok(names.into()),
        false => Err(DataError::Array {
            path,
            what: format!("has {} names, but the largest label is {}; name every class", names.len(), count - 1),
        }),
    }
}

fn signals(read: Read, classes: &Arc<[String]>) -> Result<Signals, DataError> {
    let Read { values, labels, shape, .. } = read;
    Signals::new(values, labels, Arc::clone(classes), [shape.channels, shape.width])
}
