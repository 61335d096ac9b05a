//! A data set of signals as NumPy arrays: `x_train.npy` with the signals and `y_train.npy` with their labels, and the
//! same for `val` and `test`.

use super::check::counts;
use super::dataset::{Dataset, OpenOptions};
use super::error::DataError;
use super::npy::Array;
use super::part::Part;
use super::shape::ImageShape;
use super::signals::{Signals, finite};
use super::source::Source;
use super::split::{Split, SplitOptions};
use super::warning::Warning;
use crate::device::check_memory;
use crate::shown::Show;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the layout.
pub const LAYOUT: &str = "signals";

/// The file of class names, one a line.
const NAMES: &str = "classes.txt";

/// The ends of the file names of the training, validation and test part.
const ENDS: [&str; 3] = ["train", "val", "test"];

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
    ENDS.iter().any(|end| has_part(folder, end))
}

/// Whether the folder has one of the files of a part.
fn has_part(folder: &Path, end: &str) -> bool {
    ['x', 'y'].iter().flat_map(|letter| names(*letter, end)).any(|name| folder.join(name).exists())
}

/// Whether the file has the name of the labels of a part.
#[must_use]
pub fn is_label_file(path: &Path) -> bool {
    let mut known = ENDS.iter().flat_map(|end| names('y', end));
    path.file_name().is_some_and(|name| known.any(|known| name == known.as_str()))
}

/// The names that a file of a part can have: `x_train.npy` and `X_train.npy`.
fn names(letter: char, end: &str) -> [String; 2] {
    [letter, letter.to_ascii_uppercase()].map(|letter| format!("{letter}_{end}.npy"))
}

/// The file of a part, which need not exist.
///
/// # Errors
/// Two files with its names.
fn file(folder: &Path, letter: char, end: &str) -> Result<PathBuf, DataError> {
    let names = names(letter, end);
    let [small, capital] = names.each_ref().map(|name| folder.join(name));
    match (small.exists(), capital.exists()) {
        // Where names are compared without case, both exist but are one file.
        (true, true) if std::fs::canonicalize(&small).ok() != std::fs::canonicalize(&capital).ok() => {
            let what = format!("exists beside {}; rename or remove the one that is not meant", names[0]);
            Err(DataError::Array { path: capital, what })
        }
        (false, true) => Ok(capital),
        _ => Ok(small),
    }
}

/// Reads the data set. Without a test part, the validation part is used for testing; without both, a fraction of each
/// class of the training part.
///
/// # Errors
/// A missing or damaged file, signals of several shapes, values that are not finite, or labels that are not the numbers
/// of classes.
pub(super) fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let [train, validation, test] = ENDS;
    let train = read(folder, train)?;
    let other = |end: &str| has_part(folder, end).then(|| read(folder, end)).transpose();
    let others = [other(validation)?, other(test)?];
    if let Some(other) = others.iter().flatten().find(|part| part.shape != train.shape) {
        let what = format!(
            "has signals of {}, but those for training are {} (channels x 1 x length); bring them to one shape",
            other.shape, train.shape
        );
        return Err(DataError::Array { path: other.path.clone(), what });
    }
    let classes = classes(folder, others.iter().flatten().chain([&train]))?;
    let train = signals(train, &classes)?;
    let [validation, test] = others.map(|part| part.map(|part| signals(part, &classes)).transpose());
    let mut data = match (validation?, test?) {
        (validation, Some(test)) => dataset(train, validation, test),
        (Some(validation), None) => {
            let mut data = dataset(train, None, validation);
            data.warnings.push(Warning::ValidationIsTest { name: "x_val.npy".to_owned() });
            data
        }
        (None, None) => {
            let (train, test) = split(&train, options)?;
            dataset(train, None, test)
        }
    };
    if !options.whole {
        warn_of_missing_classes(&mut data);
        data.warn_of_duplicates();
    }
    match options.resize {
        Some((height, width)) => data.resized(height, width),
        None => Ok(data),
    }
}

fn dataset(train: Signals, validation: Option<Signals>, test: Signals) -> Dataset {
    let source = |part| Arc::new(Source::Signals(part));
    let [train, test] = [train, test].map(source);
    Dataset { layout: LAYOUT, train, validation: validation.map(source), test, warnings: Vec::new() }
}

/// Adds a warning for each part that has no signals of some classes.
fn warn_of_missing_classes(data: &mut Dataset) {
    let missing = |(part, source): (Part, &Arc<Source>)| {
        let counts = counts(data.classes().len(), source.labels());
        let mut missing = data.classes().iter().zip(counts).filter(|(_, count)| *count == 0).map(|(class, _)| class);
        let first = missing.next()?.shown().to_string();
        Some(Warning::ClassesMissing { part, count: 1 + missing.count(), first })
    };
    let warnings: Vec<_> = data.parts().filter_map(missing).collect();
    data.warnings.extend(warnings);
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

/// Reads the arrays of a part.
fn read(folder: &Path, end: &str) -> Result<Read, DataError> {
    let arrays = Arrays { signals: file(folder, 'x', end)?, labels: file(folder, 'y', end)? };
    if let Some(path) = [&arrays.signals, &arrays.labels].into_iter().find(|path| !path.exists()) {
        let what = format!("does not exist; the signals of a part are in x_{end}.npy, their labels in y_{end}.npy");
        return Err(DataError::Array { path: path.clone(), what });
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
        return Err(wrong(format!("has the shape {:?}, so it has no values; give at least one signal", array.shape)));
    }
    let bytes = [count, channels, length, 4].into_iter().fold(1, |all: u64, axis| all.saturating_mul(axis as u64));
    check_memory(bytes, "the signals")
        .map_err(|error| wrong(format!("is too large: {error}; give fewer or shorter signals")))?;
    let values = array.read(|index, number| finite(index / shape.len(), number))?;
    let labels = labels(&arrays.labels, count)?;
    Ok(Read { path: arrays.signals, values, labels, shape })
}

/// Reads one label for each of `count` signals.
fn labels(path: &Path, count: usize) -> Result<Vec<u16>, DataError> {
    let array = Array::open(path)?;
    if !matches!(array.shape[..], [n] | [n, 1] if n == count) {
        let what = format!(
            "has the shape {:?}, but there are {count} signals, which need one label each: the number of the class \
             (array.argmax(1) of one-hot labels)",
            array.shape
        );
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
fn classes<'a>(folder: &Path, parts: impl Iterator<Item = &'a Read>) -> Result<Arc<[String]>, DataError> {
    let count = parts.flat_map(|part| &part.labels).max().map_or(0, |label| usize::from(*label) + 1);
    let path = folder.join(NAMES);
    if !path.is_file() {
        return Ok((0..count).map(|label| format!("class {label}")).collect());
    }
    let bytes = std::fs::read(&path).map_err(|source| DataError::Read { path: path.clone(), source })?;
    let wrong = |what: String| DataError::Array { path: path.clone(), what };
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8; save it in this encoding".to_owned()))?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    if names.len() < count {
        let (found, largest) = (names.len(), count - 1);
        return Err(wrong(format!("has {found} names, but the largest label is {largest}; name every class")));
    }
    let mut known = HashSet::new();
    match names.iter().find(|name| !known.insert(name.as_str())) {
        Some(twice) => Err(wrong(format!("has the name '{}' twice; give every class another name", twice.shown()))),
        None => Ok(names.into()),
    }
}

fn signals(read: Read, classes: &Arc<[String]>) -> Result<Signals, DataError> {
    let Read { values, labels, shape, .. } = read;
    Signals::new(values, labels, Arc::clone(classes), [shape.channels, shape.width])
}
