//! Optimizer updates of stored tensors. They are not differentiable.

use crate::kernel::optimizer::{
    AdamSettings, RmsPropSettings, SgdSettings, adam, clip, ema, parts, rmsprop, sgd, squares,
};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// The common operands of optimizer updates.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// The weights, updated in place.
    pub weights: Tensor,
    /// Their gradient.
    pub gradient: Tensor,
    /// The step's two values ([`crate::kernel::optimizer`]); the first is the learning rate.
    pub now: Tensor,
    /// The factor of the gradient, a scalar.
    pub scale: Tensor,
}

impl Tape {
    /// Records an SGD step, with a momentum of the weights' shape.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn sgd(&mut self, settings: SgdSettings, update: Update, momentum: Tensor) -> Result<(), ShapeError> {
        let len = self.updated("sgd", update, &[momentum])?;
        self.step(sgd(settings, len), &[update.weights, update.gradient, update.now, update.scale, momentum]);
        Ok(())
    }

    /// Records an Adam step, with first and second moments of the weights' shape.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn adam(
        &mut self,
        settings: AdamSettings,
        update: Update,
        [mean, square]: [Tensor; 2],
    ) -> Result<(), ShapeError> {
        let len = self.updated("adam", update, &[mean, square])?;
        self.step(adam(settings, len), &[update.weights, update.gradient, update.now, update.scale, mean, square]);
        Ok(())
    }

    /// Records an RMSprop step, with momentum and mean square of the weights' shape.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn rmsprop(
        &mut self,
        settings: RmsPropSettings,
        update: Update,
        [momentum, square]: [Tensor; 2],
    ) -> Result<(), ShapeError> {
        let len = self.updated("rmsprop", update, &[momentum, square])?;
        self.step(
            rmsprop(settings, len),
            &[update.weights, update.gradient, update.now, update.scale, momentum, square],
        );
        Ok(())
    }

    /// Returns the factor `[1]` that clips the global norm of the gradients to `max_norm`: min(1, max_norm / (norm +
    /// 1e-6)).
    ///
    /// # Errors
    /// No gradients, or an empty one.
    pub fn clip_by_norm(&mut self, gradients: &[Tensor], max_norm: f32) -> Result<Tensor, ShapeError> {
        if gradients.is_empty() || gradients.iter().any(|gradient| self.len(*gradient) == 0) {
            return Err(ShapeError::new("clip_by_norm", "there are no gradients, or one is empty"));
        }
        let total = gradients.iter().map(|gradient| parts(self.len(*gradient))).sum();
        let (sums, mut offset) = (self.output(&[total]), 0);
        for gradient in gradients {
            let len = self.len(*gradient);
            self.step(squares(len, offset), &[*gradient, sums]);
            offset += parts(len);
        }
        Ok(self.produce(clip(total, max_norm), &[sums], &[1]))
    }

    /// Updates moving averages of weights in place: means = decay means + (1 - decay) weights.
    ///
    /// # Errors
    /// Tensors of different sizes.
    pub fn ema(&mut self, means: Tensor, weights: Tensor, decay: f32) -> Result<(), ShapeError> {
        let len = self.len(means);
        self.expect_len("ema", "weights", weights, len)?;
        self.step(ema(decay, len), &[means, weights]);
        Ok(())
    }

    fn updated(&self, operation: &'static str, update: Update, states: &[Tensor]) -> Result<usize, ShapeError> {
        let len = self.len(update.weights);
        self.expect_len(operation, "a gradient", update.gradient, len)?;
        self.expect_len(operation, "the step's values", update.now, 2)?;
        self.expect_len(operation, "a factor", update.scale, 1)?;
        states.iter().try_for_each(|state| self.expect_len(operation, "a state", *state, len))?;
        Ok(len)
    }
}
