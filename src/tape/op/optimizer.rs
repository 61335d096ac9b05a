//! Optimizer updates of stored tensors; nothing flows back through them.

use crate::kernel::optimizer::{AdamSettings, adam};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// An Adam step on `weights` with moments of the same shape; `now` holds the step's two numbers
    /// ([`crate::kernel::optimizer::adam`]).
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn adam(
        &mut self,
        settings: AdamSettings,
        weights: Tensor,
        gradient: Tensor,
        moments: [Tensor; 2],
        now: Tensor,
    ) -> Result<(), ShapeError> {
        let len = self.len(weights);
        self.expect_len("adam", "a gradient", gradient, len)?;
        for moment in moments {
            self.expect_len("adam", "a moment", moment, len)?;
        }
        self.expect_len("adam", "the step's numbers", now, 2)?;
        self.step(adam(settings, len), &[weights, gradient, moments[0], moments[1], now]);
        Ok(())
    }
}
