//! Message passing over a batch of subgraphs, differentiable in its weights.

use crate::kernel::message_passing::{Dims, backward, forward, weights};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the final states `[nodes, H]` of every node of a batch of subgraphs (docs/method.md section 2).
    ///
    /// `weight` has [`Dims::weights`] elements; `table` describes the batch
    /// ([`crate::kernel::message_passing::TableBuilder`]).
    ///
    /// # Errors
    /// Weights or a table of another size.
    pub fn message_passing(&mut self, dims: &Dims, weight: Tensor, table: Tensor) -> Result<Tensor, ShapeError> {
        const NAME: &str = "message_passing";
        self.expect_len(NAME, "weights", weight, dims.weights())?;
        self.expect_len(NAME, "a table", table, dims.sizes().len())?;
        let dims = *dims;
        let (h, layers) = (dims.hidden as usize, dims.layers as usize);
        let (n, e) = (dims.nodes as usize, dims.edges as usize);
        let states = self.output(&[n, h]);
        let node_values = self.output(&[n, layers, dims.node_forward()]);
        let edge_values = self.output(&[e, layers, dims.edge_forward()]);
        self.step(forward(&dims), &[weight, table, states, node_values, edge_values]);
        self.differentiable(&[weight], &[states], move |tape, grads| {
            let Some(upstream) = grads[0] else { return Ok(vec![None]) };
            let node_grads = tape.output(&[n, layers, dims.node_backward()]);
            let edge_grads = tape.output(&[e, layers, dims.edge_backward()]);
            let first = tape.output(&[n, h]);
            let operands = [weight, table, upstream, node_values, edge_values, node_grads, edge_grads, first];
            tape.step(backward(&dims), &operands);
            let shape = tape.shape(weight).to_vec();
            let gradient = tape.output(&shape);
            let operands = [gradient, table, first, node_values, edge_values, node_grads, edge_grads];
            tape.step(weights(&dims), &operands);
            Ok(vec![Some(gradient)])
        });
        Ok(states)
    }

    /// Checks the size of a tensor.
    pub(super) fn expect_len(
        &self,
        operation: &'static str,
        what: &str,
        tensor: Tensor,
        len: usize,
    ) -> Result<(), ShapeError> {
        if self.len(tensor) == len {
            return Ok(());
        }
        Err(ShapeError::new(operation, format!("{what} of shape {:?} instead of {len} elements", self.shape(tensor))))
    }
}
