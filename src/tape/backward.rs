//! Reverse-mode differentiation: gradient operations appended to the tape.

use super::error::ShapeError;
use super::record::{Tape, Tensor};
use std::collections::HashMap;

/// The gradient of a loss with respect to the tensors it depends on.
#[derive(Debug, Clone, Default)]
pub struct Gradients(HashMap<Tensor, Tensor>);

impl Gradients {
    /// The gradient of the loss with respect to `tensor`, or `None` where the loss does not depend on it.
    #[must_use]
    pub fn of(&self, tensor: Tensor) -> Option<Tensor> {
        self.0.get(&tensor).copied()
    }
}

impl Tape {
    /// Appends the operations that compute the gradient of `loss`, a single number.
    ///
    /// Gradients that are not used are dropped by the plan.
    ///
    /// # Errors
    /// A loss of more than one number.
    pub fn backward(&mut self, loss: Tensor) -> Result<Gradients, ShapeError> {
        if self.len(loss) != 1 {
            return Err(ShapeError::new("backward", format!("a loss is one number, not {:?}", self.shape(loss))));
        }
        let shape = self.shape(loss).to_vec();
        let one = self.constant(&[1.0], &shape)?;
        self.backward_from(&[(loss, one)])
    }

    /// The same from given gradients of any tensors.
    ///
    /// # Errors
    /// When a rule records operations that do not fit, which would be a bug of the rule.
    pub fn backward_from(&mut self, seeds: &[(Tensor, Tensor)]) -> Result<Gradients, ShapeError> {
        let mut gradients = Gradients(seeds.iter().copied().collect());
        let records = std::mem::take(&mut self.records);
        for record in records.iter().rev() {
            let upstream: Vec<_> = record.outputs.iter().map(|output| gradients.of(*output)).collect();
            if upstream.iter().all(Option::is_none) {
                continue;
            }
            let downstream = (record.rule)(self, &upstream)?;
            for (input, gradient) in record.inputs.iter().zip(downstream) {
                let Some(gradient) = gradient else { continue };
                let sum = match gradients.of(*input) {
                    Some(known) => self.add(known, gradient)?,
                    None => gradient,
                };
                gradients.0.insert(*input, sum);
            }
        }
        // Gradient operations are not differentiated themselves: their own records go.
        self.records = records;
        Ok(gradients)
    }
}
