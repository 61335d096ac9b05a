//! The generator's output heads, differentiable in their weights and in the states.

use crate::kernel::heads::{HeadDims, backward, forward, weights};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the logits `[nodes, row]` of every node of a batch of subgraphs ([`crate::kernel::heads`]).
    ///
    /// # Errors
    /// Weights, a table or states of another size.
    pub fn heads(
        &mut self,
        dims: &HeadDims,
        weight: Tensor,
        table: Tensor,
        states: Tensor,
    ) -> Result<Tensor, ShapeError> {
        const NAME: &str = "heads";
        let dims = *dims;
        let (n, h) = (dims.nodes as usize, dims.hidden as usize);
        self.expect_len(NAME, "weights", weight, dims.weights())?;
        self.expect_len(NAME, "a table", table, dims.sizes().len())?;
        self.expect_len(NAME, "states", states, n * h)?;
        let values = self.output(&[n, dims.row()]);
        let logits = self.output(&[n, dims.logits()]);
        self.step(forward(&dims), &[weight, table, values, logits, states]);
        self.differentiable(&[weight, states], &[logits], move |tape, grads| {
            let Some(upstream) = grads[0] else { return Ok(vec![None, None]) };
            let saved = tape.output(&[n, dims.row()]);
            let state_grads = tape.output(&[n, h]);
            tape.step(backward(&dims), &[weight, table, values, upstream, saved, state_grads]);
            let shape = tape.shape(weight).to_vec();
            let gradient = tape.output(&shape);
            tape.step(weights(&dims), &[gradient, table, values, upstream, saved]);
            Ok(vec![Some(gradient), Some(state_grads)])
        });
        Ok(logits)
    }
}
