//! Dropout of numbers and of whole samples.

use crate::kernel::dropout::mask;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// x with every number zeroed with probability `rate`, the others divided by 1 - rate (Srivastava et al. 2014).
    ///
    /// `seed` is an input, one whole number, written before every run; two operations on a tape decide differently.
    ///
    /// # Errors
    /// A rate outside [0, 1), or a seed of another size.
    pub fn dropout(&mut self, x: Tensor, rate: f32, seed: Tensor) -> Result<Tensor, ShapeError> {
        self.masked("dropout", x, 1, rate, seed)
    }

    /// The same with one decision for each sample, the first axis of x (Larsson et al. 2017).
    ///
    /// # Errors
    /// As [`Tape::dropout`].
    pub fn drop_path(&mut self, x: Tensor, rate: f32, seed: Tensor) -> Result<Tensor, ShapeError> {
        let inner = self.shape(x).iter().skip(1).product();
        self.masked("drop_path", x, inner, rate, seed)
    }

    fn masked(
        &mut self,
        name: &'static str,
        x: Tensor,
        inner: usize,
        rate: f32,
        seed: Tensor,
    ) -> Result<Tensor, ShapeError> {
        self.expect_len(name, "a seed", seed, 1)?;
        if !(0.0..1.0).contains(&rate) {
            return Err(ShapeError::new(name, format!("a rate of {rate} is not from 0 to below 1")));
        }
        if rate == 0.0 {
            return Ok(x);
        }
        // The place on the tape tells operations apart.
        let (shape, call) = (self.shape(x).to_vec(), mask(self.len(x), inner, rate, self.steps.len() as u32));
        let y = self.produce(call.clone(), &[x, seed], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(call.clone(), &[grad, seed], &shape))])
        });
        Ok(y)
    }
}
