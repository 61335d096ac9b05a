//! Reads the signals of a NumPy array one after another, for a network.

use super::error::DataError;
use super::npy::Array;
use super::shape::ImageShape;
use super::signals::finite;
use std::path::Path;

/// An open array of signals; the values of each, `[channels, length]`, are read when it is its turn.
///
/// A signal with a value that cannot be used is an error, after which the next signal follows. After an error of the file
/// nothing follows.
#[derive(Debug)]
pub struct SignalReader {
    array: Array,
    shape: ImageShape,
    next: usize,
    count: usize,
}

impl SignalReader {
    /// Opens an array `[n, channels, length]`, as in a data set, or `[channels, length]` with a single signal. For one
    /// channel it can be `[n, length]` or `[length]`.
    ///
    /// # Errors
    /// A file that cannot be read, is no NumPy array of numbers, is cut off, has signals of another shape, or none.
    pub fn open(path: &Path, channels: usize, length: usize) -> Result<Self, DataError> {
        let array = Array::open(path)?;
        let shape = ImageShape { channels, height: 1, width: length };
        match count(&array.shape, shape) {
            Some(count) if count > 0 && !shape.is_empty() => Ok(Self { array, shape, next: 0, count }),
            Some(_) => Err(array.wrong(format!("has the shape {:?}, so it has no signals", array.shape))),
            None => Err(array.wrong(other_shape(&array.shape, shape))),
        }
    }

    fn signal(&mut self) -> Result<Vec<f32>, DataError> {
        let signal = self.next;
        self.next += 1;
        let numbers = self.array.next(self.shape.len()).inspect_err(|_| self.next = self.count)?;
        let values: Result<_, _> = numbers.into_iter().map(|number| finite(signal, number)).collect();
        values.map_err(|what| self.array.wrong(what))
    }
}

impl Iterator for SignalReader {
    type Item = Result<Vec<f32>, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.next < self.count).then(|| self.signal())
    }
}

/// Returns the number of signals in an array; `None` if they have another shape.
fn count(array: &[usize], ImageShape { channels, width: length, .. }: ImageShape) -> Option<usize> {
    match *array {
        [count, c, l] | [count, c, 1, l] if [c, l] == [channels, length] => Some(count),
        [count, l] if [1, l] == [channels, length] => Some(count),
        [c, l] if [c, l] == [channels, length] => Some(1),
        [l] if [1, l] == [channels, length] => Some(1),
        _ => None,
    }
}

/// Describes an array whose signals have another shape.
fn other_shape(array: &[usize], ImageShape { channels, width: length, .. }: ImageShape) -> String {
    let remedy = match *array {
        [_, l, c] if [c, l] == [channels, length] => {
            "bring them to this order with array.transpose(0, 2, 1)".to_owned()
        }
        _ if channels == 1 => format!("give an array of n x {length}, or n x 1 x {length}"),
        _ => format!("give an array of n x {channels} x {length}, or {channels} x {length} for one signal"),
    };
    format!(
        "has the shape {array:?}, but the network takes signals of {channels} x {length} (channels x length); {remedy}"
    )
}
