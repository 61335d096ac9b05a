//! The element-wise part of a GRU cell.

use crate::kernel::gru::{backward, forward};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the next state of a GRU cell from its two products, with gates in the order r, z, n.
    ///
    /// `gi` = x W_ih^T + b_ih and `gh` = h W_hh^T + b_hh are `[rows, 3 units]`; the state `h` and the result are
    /// `[rows, units]`.
    ///
    /// # Errors
    /// Other shapes, or an axis of length zero.
    pub fn gru_gates(&mut self, gi: Tensor, gh: Tensor, h: Tensor) -> Result<Tensor, ShapeError> {
        let (rows, units) = self.cell_shape("gru_gates", 3, [gi, gh, h])?;
        let y = self.produce(forward(rows, units), &[gi, gh, h], &[rows, units]);
        self.differentiable(&[gi, gh, h], &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 3]) };
            let results = [[rows, 3 * units], [rows, 3 * units], [rows, units]].map(|shape| tape.output(&shape));
            tape.step(backward(rows, units), &[&[gi, gh, h, grad], &results[..]].concat());
            Ok(results.map(Some).to_vec())
        });
        Ok(y)
    }

    /// Returns the rows and units of a recurrent cell. Expects the shapes `[rows, gates * units]` twice and
    /// `[rows, units]`.
    pub(super) fn cell_shape(
        &self,
        name: &'static str,
        gates: usize,
        [gi, gh, state]: [Tensor; 3],
    ) -> Result<(usize, usize), ShapeError> {
        let shapes = [gi, gh, state].map(|tensor| self.shape(tensor));
        match *shapes[2] {
            [rows, units] if rows * units > 0 && shapes[..2].iter().all(|shape| **shape == [rows, gates * units]) => {
                Ok((rows, units))
            }
            _ => {
                let [gi, gh, state] = shapes;
                Err(ShapeError::new(name, format!("{gates} gates of {gi:?} and {gh:?} for a state of {state:?}")))
            }
        }
    }
}
