//! Dropout of elements and of complete samples.

use crate::kernel::dropout::mask;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Zeroes every element of x with probability `rate` and divides the others by 1 - rate (Srivastava et al. 2014).
    ///
    /// `seed` is an input of one integer, written before every run. Different operations on a tape have different
    /// masks.
    ///
    /// # Errors
    /// A rate outside [0, 1), or a seed of another size.
    pub fn dropout(&mut self, x: Tensor, rate: f32, seed: Tensor) -> Result<Tensor, ShapeError> {
        self.masked("dropout", x, 1, rate, seed)
    }

    /// Zeroes complete samples (the first axis of x) with probability `rate` (drop-path, Larsson et al. 2017).
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
            return Err(ShapeError::new(name, format!("the rate must be 0 to below 1, not {rate}")));
        }
        if rate == 0.0 {
            return Ok(x);
        }
        // The position on the tape is the salt that distinguishes operations.
        let (shape, call) = (self.shape(x).to_vec(), mask(self.len(x), inner, rate, self.steps.len() as u32));
        let y = self.produce(call.clone(), &[x, seed], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(call.clone(), &[grad, seed], &shape))])
        });
        Ok(y)
    }
}
