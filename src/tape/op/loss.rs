//! Losses and hits of classification.

use crate::kernel::loss::{cross_entropy, cross_entropy_grad, hits};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the cross-entropy of every row of logits `[batch, classes]` with integer labels `[batch]`: losses
    /// `[batch]`.
    ///
    /// The target is (1 - smoothing) for the label plus smoothing / classes for every class. Rows whose label is not a
    /// class are padding: they have neither loss nor gradient.
    ///
    /// # Errors
    /// Other shapes, or an empty one.
    pub fn cross_entropy(&mut self, logits: Tensor, labels: Tensor, smoothing: f32) -> Result<Tensor, ShapeError> {
        let [rows, classes] = self.classified("cross_entropy", logits, labels)?;
        let losses = self.produce(cross_entropy(rows, classes, smoothing), &[logits, labels], &[rows]);
        self.differentiable(&[logits], &[losses], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None]) };
            let call = cross_entropy_grad(rows, classes, smoothing);
            Ok(vec![Some(tape.produce(call, &[logits, labels, grad], &[rows, classes]))])
        });
        Ok(losses)
    }

    /// Computes 1 for every row of logits `[batch, classes]` whose label is among the top `k`, otherwise 0. Not
    /// differentiable.
    ///
    /// Of equal logits that of the first class is above the others, so that constant logits are no hits. NaN counts as
    /// above. A row whose label is not a class is not a hit.
    ///
    /// # Errors
    /// As [`Tape::cross_entropy`].
    pub fn hits(&mut self, logits: Tensor, labels: Tensor, k: usize) -> Result<Tensor, ShapeError> {
        let [rows, classes] = self.classified("hits", logits, labels)?;
        Ok(self.produce(hits(rows, classes, k), &[logits, labels], &[rows]))
    }

    fn classified(&self, name: &'static str, logits: Tensor, labels: Tensor) -> Result<[usize; 2], ShapeError> {
        let (logits_shape, labels_shape) = (self.shape(logits), self.shape(labels));
        match *logits_shape {
            [rows, classes] if rows * classes > 0 && *labels_shape == [rows] => Ok([rows, classes]),
            _ => Err(ShapeError::new(name, format!("logits of {logits_shape:?} with labels of {labels_shape:?}"))),
        }
    }
}
