//! Layer normalisation and its gradients.

use crate::kernel::layer_norm::LayerNorm;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Normalises every position of x `[N, C, ..]` over the channels, then multiplies by weight `[C]` and adds bias `[C]`
    /// (Ba et al. 2016).
    ///
    /// # Errors
    /// An empty x, an x with a single axis, or a weight or bias that does not have one element per channel.
    pub fn layer_norm(&mut self, x: Tensor, weight: Tensor, bias: Tensor, epsilon: f32) -> Result<Tensor, ShapeError> {
        const NAME: &str = "layer_norm";
        let shape = self.shape(x).to_vec();
        let [batch, channels, ref axes @ ..] = shape[..] else {
            return Err(ShapeError::new(NAME, format!("{shape:?} has no channel axis")));
        };
        let norm = LayerNorm { batch, channels, positions: axes.iter().product(), epsilon };
        if norm.is_empty() {
            return Err(ShapeError::new(NAME, format!("{shape:?} is empty")));
        }
        for tensor in [weight, bias] {
            self.expect_len(NAME, "a value per channel", tensor, channels)?;
        }
        let (y, stats) = (self.output(&shape), self.output(&[batch, 2, norm.positions]));
        self.step(norm.forward(), &[x, weight, bias, y, stats]);
        self.differentiable(&[x, weight, bias], &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 3]) };
            let to_x = tape.produce(norm.backward(), &[x, stats, weight, grad], &shape);
            let parts = [norm.parts(), channels];
            let (to_bias, to_weight) = (tape.output(&parts), tape.output(&parts));
            tape.step(norm.reduce(), &[x, stats, grad, to_bias, to_weight]);
            let [to_weight, to_bias] =
                [to_weight, to_bias].map(|sums| tape.column_sums(sums, norm.parts(), &[channels]));
            Ok(vec![Some(to_x), Some(to_weight), Some(to_bias)])
        });
        Ok(y)
    }
}
