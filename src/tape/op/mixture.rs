//! Log-likelihood of rows under the mixture of Bernoullis, and the training loss of graphs.

use crate::kernel::heads::HeadDims;
use crate::kernel::mixture::{likelihood, likelihood_grads, loss, loss_grads, target_len};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes per subgraph `[subgraphs, 4]`: log p of the new node's edges, of its label and of its edges' labels;
    /// its number of edges.
    ///
    /// # Errors
    /// Logits, a table or targets of another size.
    pub fn row_likelihood(
        &mut self,
        dims: &HeadDims,
        logits: Tensor,
        table: Tensor,
        targets: Tensor,
    ) -> Result<Tensor, ShapeError> {
        const NAME: &str = "row_likelihood";
        let dims = *dims;
        let (n, s) = (dims.nodes as usize, dims.subgraphs as usize);
        self.expect_len(NAME, "logits", logits, n * dims.logits())?;
        self.expect_len(NAME, "a table", table, dims.sizes().len())?;
        self.expect_len(NAME, "targets", targets, target_len(dims.sizes()))?;
        let rows = self.produce(likelihood(&dims), &[logits, table, targets], &[s, 4]);
        self.differentiable(&[logits], &[rows], move |tape, grads| {
            let Some(upstream) = grads[0] else { return Ok(vec![None]) };
            let reads = [logits, table, targets, upstream];
            Ok(vec![Some(tape.produce(likelihood_grads(&dims), &reads, &[n, dims.logits()]))])
        });
        Ok(rows)
    }

    /// Computes the losses `[graphs, 2]` of a batch of graphs: the contribution to the batch loss, and the graph's own
    /// loss (docs/method.md section 2).
    ///
    /// `graphs` contains their number, the first subgraph of each, and the end; `advantages` is reward minus baseline.
    ///
    /// # Errors
    /// Rows, graphs or advantages of other sizes.
    pub fn policy_loss(
        &mut self,
        dims: &HeadDims,
        rows: Tensor,
        graphs: Tensor,
        advantages: Tensor,
    ) -> Result<Tensor, ShapeError> {
        const NAME: &str = "policy_loss";
        let (dims, capacity, s) = (*dims, self.len(advantages), dims.subgraphs as usize);
        self.expect_len(NAME, "rows", rows, 4 * s)?;
        self.expect_len(NAME, "graphs", graphs, capacity + 2)?;
        let losses = self.produce(loss(&dims, capacity), &[rows, graphs, advantages], &[capacity, 2]);
        self.differentiable(&[rows], &[losses], move |tape, grads| {
            let Some(upstream) = grads[0] else { return Ok(vec![None]) };
            let reads = [rows, graphs, advantages, upstream];
            Ok(vec![Some(tape.produce(loss_grads(&dims, capacity), &reads, &[s, 4]))])
        });
        Ok(losses)
    }
}
