//! Multi-head attention over the positions of images, from products of matrices and softmax, and its gradients.
//!
//! The attention weights have positions^2 elements per head and image. They are computed again for the gradients instead
//! of being stored, so only one layer's weights are in memory at a time.

use crate::kernel::elementwise::Unary;
use crate::kernel::softmax::{softmax, softmax_grad};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes scaled dot-product attention (Vaswani et al. 2017) over all positions of every image.
    ///
    /// Query, key and value have the shape `[N, C, ..]`; head h has the channels from h C / heads on. The result of a
    /// position is the mean of the values of all positions, weighted by softmax(query . key / sqrt(C / heads)).
    ///
    /// # Errors
    /// Different shapes, an empty tensor, or a number of heads that does not divide the channels.
    pub fn attention(&mut self, [query, key, value]: [Tensor; 3], heads: usize) -> Result<Tensor, ShapeError> {
        const NAME: &str = "attention";
        let shape = self.shape(query).to_vec();
        if [key, value].iter().any(|other| *self.shape(*other) != shape) {
            let (key, value) = (self.shape(key), self.shape(value));
            return Err(ShapeError::new(NAME, format!("{shape:?}, {key:?} and {value:?} differ")));
        }
        let [batch, channels, ref axes @ ..] = shape[..] else {
            return Err(ShapeError::new(NAME, format!("{shape:?} has no channel axis")));
        };
        if heads == 0 || channels % heads != 0 || self.len(query) == 0 {
            return Err(ShapeError::new(NAME, format!("{shape:?} cannot be divided into {heads} heads")));
        }
        let head = [batch * heads, channels / heads, axes.iter().product()];
        let (q, k, v) = (self.reshape(query, &head)?, self.reshape(key, &head)?, self.reshape(value, &head)?);
        let scale = Unary::Affine { scale: (head[1] as f32).sqrt().recip(), shift: 0.0 };
        let scaled = self.unary(scale, q);
        let weights = self.attention_weights(scaled, k)?;
        let y = self.product(v, weights, false, true)?;
        self.differentiable(&[q, k, v], &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 3]) };
            let scaled = tape.unary(scale, q);
            let weights = tape.attention_weights(scaled, k)?;
            let to_value = tape.product(grad, weights, false, false)?;
            let to_weights = tape.product(grad, v, true, false)?;
            let (shape, [rows, columns]) = (tape.shape(weights).to_vec(), [head[0] * head[2], head[2]]);
            let to_scores = tape.produce(softmax_grad(rows, columns), &[weights, to_weights], &shape);
            let to_scaled = tape.product(k, to_scores, false, true)?;
            let to_key = tape.product(scaled, to_scores, false, false)?;
            Ok(vec![Some(tape.unary(scale, to_scaled)), Some(to_key), Some(to_value)])
        });
        self.reshape(y, &shape)
    }

    /// Returns softmax(q^T k) for q and k `[heads, channels, positions]`: row i has the weights with which position i
    /// reads every position.
    fn attention_weights(&mut self, q: Tensor, k: Tensor) -> Result<Tensor, ShapeError> {
        let scores = self.product(q, k, true, false)?;
        let shape = self.shape(scores).to_vec();
        Ok(self.produce(softmax(shape[0] * shape[1], shape[2]), &[scores], &shape))
    }
}
