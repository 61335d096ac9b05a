//! Matrix products, linear layers and their gradients.

use crate::kernel::elementwise::{Binary, Broadcast, binary};
use crate::kernel::matmul::Matmul;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes op(a) op(b), where op optionally transposes the last two axes.
    ///
    /// op(a) is `[m, k]` or `[batch, m, k]`, op(b) is `[k, n]` or `[batch, k, n]`; the result is `[m, n]`, or
    /// `[batch, m, n]` if either has a batch. An operand without a batch axis is shared by all products of the batch.
    ///
    /// # Errors
    /// Other shapes, or an axis of length zero.
    pub fn matmul(&mut self, a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool) -> Result<Tensor, ShapeError> {
        let c = self.product(a, b, transpose_a, transpose_b)?;
        self.differentiable(&[a, b], &[c], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None, None]) };
            let to_a = if transpose_a {
                tape.product(b, grad, transpose_b, true)?
            } else {
                tape.product(grad, b, false, !transpose_b)?
            };
            let shared = tape.shape(b).len() == 2 && !transpose_a;
            let (a_rows, grad_rows) = if shared { (tape.all_rows(a)?, tape.all_rows(grad)?) } else { (a, grad) };
            let to_b = if transpose_b {
                tape.product(grad_rows, a_rows, true, transpose_a)?
            } else {
                tape.product(a_rows, grad_rows, !transpose_a, false)?
            };
            Ok(vec![Some(tape.sum_batch(to_a, a)?), Some(tape.sum_batch(to_b, b)?)])
        });
        Ok(c)
    }

    /// Computes x W^T + bias, followed by a ReLU if `relu`, in one launch.
    ///
    /// x is `[.., inputs]`, the weight `[outputs, inputs]`, the bias `[outputs]`; the result is `[.., outputs]`.
    ///
    /// # Errors
    /// Other shapes, or an axis of length zero.
    pub fn linear(
        &mut self,
        x: Tensor,
        weight: Tensor,
        bias: Option<Tensor>,
        relu: bool,
    ) -> Result<Tensor, ShapeError> {
        let (before, weight_shape) = (self.shape(x).to_vec(), self.shape(weight).to_vec());
        let (Some((&inputs, lead)), &[outputs, expected]) = (before.split_last(), weight_shape.as_slice()) else {
            return Err(ShapeError::new("linear", format!("{before:?} times the weight {weight_shape:?}")));
        };
        let bias_matches = bias.is_none_or(|bias| self.shape(bias) == [outputs]);
        if inputs != expected || !bias_matches {
            let bias = bias.map(|bias| self.shape(bias).to_vec());
            let why = format!("{before:?} times the weight {weight_shape:?} with the bias {bias:?}");
            return Err(ShapeError::new("linear", why));
        }
        let rows = lead.iter().product();
        let shape = [lead, &[outputs]].concat();
        let size = Matmul { transpose_b: true, bias: bias.is_some(), relu, ..Matmul::new(rows, inputs, outputs) };
        if self.len(x) * outputs == 0 {
            return Err(ShapeError::new("linear", format!("{before:?} times {weight_shape:?} is empty")));
        }
        let y = self.produce(size.call(), &[x, weight, bias.unwrap_or(weight)], &shape);
        let read: Vec<_> = [x, weight].into_iter().chain(bias).collect();
        self.differentiable(&read, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 2 + usize::from(bias.is_some())]) };
            let grad = if relu { tape.through_relu(y, grad) } else { grad };
            let grad = tape.reshape(grad, &[rows, outputs])?;
            let flat = tape.reshape(x, &[rows, inputs])?;
            let to_x = tape.product(grad, weight, false, false)?;
            let mut gradients = vec![tape.reshape(to_x, &before)?, tape.product(grad, flat, true, false)?];
            if bias.is_some() {
                gradients.push(tape.column_sums(grad, rows, &[outputs]));
            }
            Ok(gradients.into_iter().map(Some).collect())
        });
        Ok(y)
    }

    /// Records a product without a gradient rule.
    pub(super) fn product(
        &mut self,
        a: Tensor,
        b: Tensor,
        transpose_a: bool,
        transpose_b: bool,
    ) -> Result<Tensor, ShapeError> {
        let mismatch = |tape: &Self| {
            let suffix = |transposed| if transposed { " transposed" } else { "" };
            let (left, right) = (tape.shape(a), tape.shape(b));
            let why = format!("{left:?}{} times {right:?}{}", suffix(transpose_a), suffix(transpose_b));
            ShapeError::new("matmul", why)
        };
        let (batch_a, m, k) = matrix(self.shape(a), transpose_a).ok_or_else(|| mismatch(self))?;
        let (batch_b, depth, n) = matrix(self.shape(b), transpose_b).ok_or_else(|| mismatch(self))?;
        let batches_match = batch_a.is_none() || batch_b.is_none() || batch_a == batch_b;
        if k != depth || !batches_match || self.len(a) * self.len(b) == 0 {
            return Err(mismatch(self));
        }
        let (batch, share_a, share_b) = (batch_a.or(batch_b), batch_a.is_none(), batch_b.is_none());
        let mut size = Matmul { transpose_a, transpose_b, ..Matmul::new(m, k, n) };
        if share_b && !transpose_a {
            // The rows of all matrices form one matrix.
            size.m *= batch.unwrap_or(1);
        } else {
            size = Matmul { batch: batch.unwrap_or(1), share_a, share_b, ..size };
        }
        let shape: Vec<_> = batch.into_iter().chain([m, n]).collect();
        Ok(self.produce(size.call(), &[a, b, b], &shape))
    }

    /// Returns the rows of all matrices of a batch as one matrix.
    fn all_rows(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let columns = self.shape(x).last().copied().unwrap_or(1);
        let rows = self.len(x) / columns;
        self.reshape(x, &[rows, columns])
    }

    /// Sums a gradient over the batch if the tensor is shared by the batch.
    fn sum_batch(&mut self, grad: Tensor, tensor: Tensor) -> Result<Tensor, ShapeError> {
        let shape = self.shape(tensor).to_vec();
        if self.shape(grad) == shape {
            return Ok(grad);
        }
        let batch = self.shape(grad)[0];
        Ok(self.column_sums(grad, batch, &shape))
    }

    /// Returns the gradient before a ReLU from its result and the gradient after it, which have the same size.
    fn through_relu(&mut self, y: Tensor, grad: Tensor) -> Tensor {
        let (shape, len) = (self.shape(y).to_vec(), self.len(y));
        self.produce(binary(Binary::ReluGrad, len, Broadcast::same(len)), &[y, grad], &shape)
    }
}

/// Returns batch, rows and columns of an operand after its transposition.
fn matrix(shape: &[usize], transposed: bool) -> Option<(Option<usize>, usize, usize)> {
    let (batch, rows, columns) = match *shape {
        [rows, columns] => (None, rows, columns),
        [batch, rows, columns] => (Some(batch), rows, columns),
        _ => return None,
    };
    Some(if transposed { (batch, columns, rows) } else { (batch, rows, columns) })
}
