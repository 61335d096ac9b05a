//! Sums of several tensors and their gradients.

use crate::kernel::sum::{MAX_TENSORS, Sum};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the sum of tensors of the same shape.
    ///
    /// # Errors
    /// No tensor, or different shapes.
    pub fn sum_of(&mut self, tensors: &[Tensor]) -> Result<Tensor, ShapeError> {
        self.scaled_sum("sum_of", tensors, 1.0)
    }

    /// Computes the mean of tensors of the same shape.
    ///
    /// # Errors
    /// No tensor, or different shapes.
    pub fn mean_of(&mut self, tensors: &[Tensor]) -> Result<Tensor, ShapeError> {
        self.scaled_sum("mean_of", tensors, 1.0 / tensors.len().max(1) as f32)
    }

    /// Computes the sum over i of `sigmoid(logits[i]) x_i` for tensors of the same shape (RandWire's nodes,
    /// docs/method.md section 5).
    ///
    /// # Errors
    /// No tensor, different shapes, or another number of logits.
    pub fn weighted_sum(&mut self, tensors: &[Tensor], logits: Tensor) -> Result<Tensor, ShapeError> {
        const NAME: &str = "weighted_sum";
        self.expect_same_shape(NAME, tensors)?;
        self.expect_len(NAME, "logits", logits, tensors.len())?;
        let y = self.chain(tensors, Some(logits), 1.0);
        let tensors = tensors.to_vec();
        let inputs: Vec<_> = tensors.iter().copied().chain([logits]).collect();
        self.differentiable(&inputs, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; tensors.len() + 1]) };
            let shape = tape.shape(grad).to_vec();
            let one = Sum { len: tape.len(grad), count: 1, first: 0, weighted: true, carry: false, scale: 1.0 };
            let mut gradients = Vec::with_capacity(tensors.len() + 1);
            for first in 0..tensors.len() {
                let call = Sum { first, ..one }.scaled();
                gradients.push(Some(tape.produce(call, &[grad, logits], &shape)));
            }
            let dots = tape.output(&[tensors.len(), one.parts()]);
            for (chunk, chunk_tensors) in tensors.chunks(MAX_TENSORS).enumerate() {
                let sum = Sum { first: chunk * MAX_TENSORS, count: chunk_tensors.len(), ..one };
                tape.step(sum.dots(), &padded(chunk_tensors, [grad, dots]));
            }
            let (all, logits_shape) = (Sum { count: tensors.len(), ..one }, tape.shape(logits).to_vec());
            gradients.push(Some(tape.produce(all.logits(), &[dots, logits], &logits_shape)));
            Ok(gradients)
        });
        Ok(y)
    }

    fn scaled_sum(&mut self, name: &'static str, tensors: &[Tensor], scale: f32) -> Result<Tensor, ShapeError> {
        self.expect_same_shape(name, tensors)?;
        if let [only] = tensors {
            return Ok(*only);
        }
        let (y, count) = (self.chain(tensors, None, scale), tensors.len());
        self.differentiable(tensors, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; count]) };
            let grad = if scale == 1.0 { grad } else { tape.affine(grad, scale, 0.0) };
            Ok(vec![Some(grad); count])
        });
        Ok(y)
    }

    /// Records the sum in as few launches as possible; each but the first adds to the result of the previous one.
    fn chain(&mut self, tensors: &[Tensor], logits: Option<Tensor>, scale: f32) -> Tensor {
        let (shape, len) = (self.shape(tensors[0]).to_vec(), self.len(tensors[0]));
        let (mut sum, mut first) = (None, 0);
        while first < tensors.len() {
            let carried: Vec<_> = sum.into_iter().collect();
            let end = tensors.len().min(first + MAX_TENSORS - carried.len());
            let chunk_tensors = [&carried, &tensors[first..end]].concat();
            let scale = if end == tensors.len() { scale } else { 1.0 };
            let (weighted, carry) = (logits.is_some(), sum.is_some());
            let call = Sum { len, count: chunk_tensors.len(), first, weighted, carry, scale }.forward();
            let y = self.output(&shape);
            self.step(call, &padded(&chunk_tensors, [logits.unwrap_or(chunk_tensors[0]), y]));
            (sum, first) = (Some(y), end);
        }
        sum.unwrap_or(tensors[0])
    }

    fn expect_same_shape(&self, name: &'static str, tensors: &[Tensor]) -> Result<(), ShapeError> {
        let Some(first) = tensors.first() else { return Err(ShapeError::new(name, "there are no tensors")) };
        let (shape, mut others) = (self.shape(*first), tensors.iter().map(|tensor| self.shape(*tensor)));
        match others.find(|other| *other != shape) {
            Some(other) => Err(ShapeError::new(name, format!("{shape:?} and {other:?} differ"))),
            None => Ok(()),
        }
    }
}

/// Returns the tensors, padded to [`MAX_TENSORS`] with the first one, and two other operands.
fn padded(tensors: &[Tensor], others: [Tensor; 2]) -> Vec<Tensor> {
    let more = std::iter::repeat_n(tensors[0], MAX_TENSORS - tensors.len());
    tensors.iter().copied().chain(more).chain(others).collect()
}
