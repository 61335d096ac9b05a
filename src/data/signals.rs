//! Signals in memory: values of any range, labels and class names.

use super::duplicates::Labelled;
use super::error::DataError;
use super::shape::ImageShape;
use crate::convert::to_f32;
use md5::{Digest, Md5};
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Signals in memory: values `[signals, channels, length]`, labels and class names. Networks take a signal as an image of
/// height 1, `[channels, 1, length]`.
#[derive(Clone)]
pub struct Signals {
    values: Vec<f32>,
    labels: Vec<u16>,
    classes: Arc<[String]>,
    shape: ImageShape,
}

impl Signals {
    /// Creates signals from `values` `[signals, channels, length]` and one label per signal.
    ///
    /// # Errors
    /// [`DataError::Invalid`] if the lengths do not match, a value is not finite or a label is out of range.
    pub fn new(
        values: Vec<f32>,
        labels: Vec<u16>,
        classes: Arc<[String]>,
        [channels, length]: [usize; 2],
    ) -> Result<Self, DataError> {
        let shape = ImageShape { channels, height: 1, width: length };
        let expected = channels.checked_mul(length).and_then(|len| len.checked_mul(labels.len()));
        // Compared first, because the length of an impossible shape overflows.
        if Some(values.len()) != expected || shape.is_empty() {
            let text = format!("{} values are not {} signals of {shape}", values.len(), labels.len());
            return Err(DataError::Invalid(text));
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(DataError::Invalid(format!("signal {} has {NOT_FINITE}", index / shape.len())));
        }
        if let Some(index) = labels.iter().position(|label| usize::from(*label) >= classes.len()) {
            let (label, classes) = (labels[index], classes.len());
            return Err(DataError::Invalid(format!(
                "signal {index} has label {label}, but there are only {classes} classes"
            )));
        }
        Ok(Self { values, labels, classes, shape })
    }

    /// Returns the signals at `order`, with new labels (indexed as the current signals) and new class names.
    pub(super) fn rearranged(&self, order: &[usize], labels: &[u16], classes: &Arc<[String]>) -> Self {
        let chosen = order.iter().filter_map(|index| self.signal(*index));
        Self {
            values: chosen.flatten().copied().collect(),
            labels: order.iter().filter_map(|index| labels.get(*index).copied()).collect(),
            classes: Arc::clone(classes),
            shape: self.shape,
        }
    }

    /// The values of one signal, `[channels, length]`; `None` if the index is out of range.
    pub fn signal(&self, index: usize) -> Option<&[f32]> {
        self.values.chunks_exact(self.shape.len()).nth(index)
    }

    /// All values, `[signals, channels, length]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The shape of each signal, as an image of height 1.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// The label of each signal.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The class names, indexed by label.
    pub fn classes(&self) -> &Arc<[String]> {
        &self.classes
    }

    /// Memory of values and labels in bytes.
    pub fn memory(&self) -> u64 {
        (4 * self.values.len() + 2 * self.labels.len()) as u64
    }

    /// The digest and the label of each signal.
    pub(super) fn digests(&self) -> Vec<Labelled> {
        let all = self.values.par_chunks_exact(self.shape.len()).zip(&self.labels);
        all.map(|(values, label)| (Md5::digest(bytes(values)).into(), *label)).collect()
    }
}

/// The bytes of values, in the same order on every machine.
pub(super) fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Converts a value of a signal to single precision; the error is worded to follow the name of the file.
pub(super) fn finite(signal: usize, number: f64) -> Result<f32, String> {
    match to_f32(number) {
        value if value.is_finite() => Ok(value),
        _ if number.is_finite() => {
            Err(format!("has in signal {signal} the value {number:e}, too large for float32; scale the signals"))
        }
        _ => Err(format!("has in signal {signal} {NOT_FINITE}")),
    }
}

/// The fault of a value.
const NOT_FINITE: &str = "a value that is not finite (NaN or infinity); replace it or remove the signal";

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signals({} of {}, {} classes)", self.labels.len(), self.shape, self.classes.len())
    }
}
