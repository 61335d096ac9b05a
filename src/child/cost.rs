//! The static cost of a network: parameters, multiply-adds and memory.

use super::error::ChildError;
use super::fuse::{Fused, fuse};
use super::weights::Weights;
use crate::network::{Mode, Network, Node, Operation, Shape};
use crate::tape::{self, StoreBuilder, Tape};

/// The static cost of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Trainable parameters of all nodes, as the benchmarks count them, without running statistics.
    pub parameters: u64,
    /// Multiply-adds of the convolutions, linear layers, attentions and weighted sums that run, for one image.
    pub multiply_adds: u64,
    /// Bytes of all tensors that the forward pass of one image writes: an upper bound of what training stores for the
    /// gradients. The actual peak is known from the plan of a tape ([`crate::tape::PlanCost::peak`]).
    pub activation_bytes: u64,
}

impl Network {
    /// Returns parameters, multiply-adds and activations.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        for (node, (live, fused)) in self.nodes.iter().zip(self.live().into_iter().zip(fuse(self))) {
            let parameters = self.weights(node).into_iter().filter(|weight| weight.trained);
            let parameters: u64 = parameters.map(|weight| weight.len() as u64).sum();
            cost.parameters = cost.parameters.saturating_add(parameters);
            if live {
                let multiply_adds = node.operation.multiply_adds(&self.input_shapes(node), node.shape);
                cost.multiply_adds = cost.multiply_adds.saturating_add(multiply_adds);
                cost.activation_bytes += if writes(node, fused) { 4 * node.shape.len() as u64 } else { 0 };
            }
        }
        cost
    }

    /// Returns the cost of a training step on `batch` images: peak memory, operations and launches. Nothing is run or
    /// allocated; the small costs of loss and optimizer are not included.
    ///
    /// # Errors
    /// An empty batch.
    pub fn plan_cost(&self, batch: usize) -> Result<tape::PlanCost, ChildError> {
        let weights = Weights::zeros(&mut StoreBuilder::default(), self);
        let mut tape = Tape::new();
        let x = tape.input(&Shape::Image(self.input).batched(batch));
        let seed = tape.input(&[1]);
        let logits = self.record(&mut tape, &weights, x, Mode::Training { seed })?;
        let logit_gradients = tape.input(&[batch, self.classes]);
        let gradients = tape.backward_from(&[(logits, logit_gradients)])?;
        let parameters: Vec<_> = weights.parameters().map(|slot| tape.stored(slot)).collect();
        let keep: Vec<_> = parameters.into_iter().filter_map(|tensor| gradients.of(tensor)).collect();
        Ok(tape.cost(&keep))
    }

    /// Returns the cost of an evaluation of `batch` images. Nothing is run or allocated.
    ///
    /// # Errors
    /// An empty batch.
    pub fn evaluation_cost(&self, batch: usize) -> Result<tape::PlanCost, ChildError> {
        let weights = Weights::zeros(&mut StoreBuilder::default(), self);
        let mut tape = Tape::new();
        let x = tape.input(&Shape::Image(self.input).batched(batch));
        let logits = self.record(&mut tape, &weights, x, Mode::Inference)?;
        Ok(tape.cost(&[logits]))
    }
}

/// Returns whether a node's output is a tensor of its own that a step writes.
fn writes(node: &Node, fused: Fused) -> bool {
    fused == Fused::No && !matches!(node.operation, Operation::Input(_) | Operation::Zero(_))
}
