//! The element-wise part of an LSTM cell.

use crate::kernel::lstm::{backward, forward};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the next states (h', c') of an LSTM cell from its two products, with gates in the order i, f, g, o.
    ///
    /// `gi` = x W_ih^T + b_ih and `gh` = h W_hh^T + b_hh are `[rows, 4 units]`; the state `c` and both results are
    /// `[rows, units]`.
    ///
    /// # Errors
    /// Other shapes, or an axis of length zero.
    pub fn lstm_gates(&mut self, gi: Tensor, gh: Tensor, c: Tensor) -> Result<(Tensor, Tensor), ShapeError> {
        let (rows, units) = self.cell_shape("lstm_gates", 4, [gi, gh, c])?;
        let shape = [rows, units];
        let (h_next, c_next) = (self.output(&shape), self.output(&shape));
        self.step(forward(rows, units), &[gi, gh, c, h_next, c_next]);
        self.differentiable(&[gi, gh, c], &[h_next, c_next], move |tape, grads| {
            // The last step of a sequence has no gradient of c'; a step whose output is unused has no gradient of h'.
            let mut or_zeros = |grad: Option<Tensor>| grad.unwrap_or_else(|| tape.zeros(&shape));
            let (up_h, up_c) = (or_zeros(grads[0]), or_zeros(grads[1]));
            let (to_gates, to_c) = (tape.output(&[rows, 4 * units]), tape.output(&shape));
            tape.step(backward(rows, units), &[gi, gh, c, up_h, up_c, to_gates, to_c]);
            Ok(vec![Some(to_gates), Some(to_gates), Some(to_c)])
        });
        Ok((h_next, c_next))
    }
}
