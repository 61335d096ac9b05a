//! Optimizer updates of stored tensors; nothing flows back through them.

use crate::kernel::optimizer::{
    AdamSettings, RmsPropSettings, SgdSettings, adam, clip, ema, parts, rmsprop, sgd, squares,
};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// What every optimizer's update works on.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// The weights, changed in place.
    pub weights: Tensor,
    /// Their gradient.
    pub gradient: Tensor,
    /// The step's two numbers ([`crate::kernel::optimizer`]); the first is the learning rate.
    pub now: Tensor,
    /// The factor of the gradient, one number.
    pub scale: Tensor,
}

impl Tape {
    /// A step of gradient descent, with a momentum of the weights' shape.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn sgd(&mut self, settings: SgdSettings, of: Update, momentum: Tensor) -> Result<(), ShapeError> {
        let len = self.updated("sgd", of, &[momentum])?;
        self.step(sgd(settings, len), &[of.weights, of.gradient, of.now, of.scale, momentum]);
        Ok(())
    }

    /// An Adam step, with first and second moments of the weights' shape.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn adam(&mut self, settings: AdamSettings, of: Update, [mean, square]: [Tensor; 2]) -> Result<(), ShapeError> {
        let len = self.updated("adam", of, &[mean, square])?;
        self.step(adam(settings, len), &[of.weights, of.gradient, of.now, of.scale, mean, square]);
        Ok(())
    }

    /// A step of RMSprop, with momentum and mean square of the weights' shape.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn rmsprop(
        &mut self,
        settings: RmsPropSettings,
        of: Update,
        [momentum, square]: [Tensor; 2],
    ) -> Result<(), ShapeError> {
        let len = self.updated("rmsprop", of, &[momentum, square])?;
        self.step(rmsprop(settings, len), &[of.weights, of.gradient, of.now, of.scale, momentum, square]);
        Ok(())
    }

    /// The factor `[1]` that makes all gradients together no longer than `most`: min(1, most / (norm + 1e-6)).
    ///
    /// # Errors
    /// No gradients, or one without numbers.
    pub fn clip_by_norm(&mut self, gradients: &[Tensor], most: f32) -> Result<Tensor, ShapeError> {
        if gradients.is_empty() || gradients.iter().any(|gradient| self.len(*gradient) == 0) {
            return Err(ShapeError::new("clip_by_norm", "there are no gradients, or one without numbers"));
        }
        let total = gradients.iter().map(|gradient| parts(self.len(*gradient))).sum();
        let (sums, mut offset) = (self.output(&[total]), 0);
        for gradient in gradients {
            let len = self.len(*gradient);
            self.step(squares(len, offset), &[*gradient, sums]);
            offset += parts(len);
        }
        Ok(self.produce(clip(total, most), &[sums], &[1]))
    }

    /// Running means of weights, changed in place: means = decay means + (1 - decay) weights.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn ema(&mut self, means: Tensor, weights: Tensor, decay: f32) -> Result<(), ShapeError> {
        let len = self.len(means);
        self.expect_len("ema", "weights", weights, len)?;
        self.step(ema(decay, len), &[means, weights]);
        Ok(())
    }

    fn updated(&self, operation: &'static str, of: Update, states: &[Tensor]) -> Result<usize, ShapeError> {
        let len = self.len(of.weights);
        self.expect_len(operation, "a gradient", of.gradient, len)?;
        self.expect_len(operation, "the step's numbers", of.now, 2)?;
        self.expect_len(operation, "a factor", of.scale, 1)?;
        states.iter().try_for_each(|state| self.expect_len(operation, "a state", *state, len))?;
        Ok(len)
    }
}
