//! Losses and hits of classification.

use crate::kernel::loss::{cross_entropy, cross_entropy_grad, hits};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// The cross-entropy of every row of logits [batch, classes] with a whole number as each label: losses `[batch]`.
    ///
    /// The target is (1 - smoothing) for the label plus smoothing / classes for every class. A row whose label is no
    /// class has neither loss nor gradient: that is how a batch is filled up.
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

    /// 1 for every row of logits [batch, classes] whose label is among the `k` best, else 0; not differentiable.
    ///
    /// Only logits strictly above the label's count against it, so that ties are hits. Logits that are not numbers count
    /// as above, and a row whose label is no class is no hit.
    ///
    /// # Errors
    /// As [`Tape::cross_entropy`].
    pub fn hits(&mut self, logits: Tensor, labels: Tensor, k: usize) -> Result<Tensor, ShapeError> {
        let [rows, classes] = self.classified("hits", logits, labels)?;
        Ok(self.produce(hits(rows, classes, k), &[logits, labels], &[rows]))
    }

    fn classified(&self, name: &'static str, logits: Tensor, labels: Tensor) -> Result<[usize; 2], ShapeError> {
        let (of_logits, of_labels) = (self.shape(logits), self.shape(labels));
        match *of_logits {
            [rows, classes] if rows * classes > 0 && *of_labels == [rows] => Ok([rows, classes]),
            _ => Err(ShapeError::new(name, format!("logits of {of_logits:?} with labels of {of_labels:?}"))),
        }
    }
}
