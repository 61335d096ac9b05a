//! Reverse-mode differentiation: appends gradient operations to the tape.

use super::error::ShapeError;
use super::record::{Tape, Tensor};
use std::collections::HashMap;

/// The gradients of a loss with respect to the tensors it depends on.
#[derive(Debug, Clone, Default)]
pub struct Gradients(HashMap<Tensor, Tensor>);

impl Gradients {
    /// Returns the gradient of the loss with respect to `tensor`, or `None` if the loss does not depend on it.
    #[must_use]
    pub fn of(&self, tensor: Tensor) -> Option<Tensor> {
        self.0.get(&tensor).copied()
    }
}

impl Tape {
    /// Appends the operations that compute the gradient of a scalar `loss`.
    ///
    /// The plan drops gradients that are not used.
    ///
    /// # Errors
    /// A loss of more than one element.
    pub fn backward(&mut self, loss: Tensor) -> Result<Gradients, ShapeError> {
        if self.len(loss) != 1 {
            return Err(ShapeError::new(
                "backward",
                format!("a loss must have one element, not the shape {:?}", self.shape(loss)),
            ));
        }
        let shape = self.shape(loss).to_vec();
        let one = self.constant(&[1.0], &shape)?;
        self.backward_from(&[(loss, one)])
    }

    /// Like [`Tape::backward`], but starts from given gradients of any tensors.
    ///
    /// # Errors
    /// A gradient rule that records operations of incompatible shapes, which is a bug of the rule.
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
                    Some(previous) => self.add(previous, gradient)?,
                    None => gradient,
                };
                gradients.0.insert(*input, sum);
            }
        }
        // Gradient operations are not differentiated: their own records are dropped.
        self.records = records;
        Ok(gradients)
    }
}
