//! What a network costs, exactly, before anything runs.

use super::error::ChildError;
use super::fuse::{Fused, fuse};
use super::record::Mode;
use super::weights::Weights;
use crate::network::{Network, Node};
use crate::network::{Operation, Shape};
use crate::tape::{self, StoreBuilder, Tape};

/// The static cost of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Numbers that are learnt, in all nodes, as the benchmarks count them; running statistics are not.
    pub parameters: u64,
    /// Multiply-adds of the convolutions, linear layers and weighted sums that run, for one image.
    pub multiply_adds: u64,
    /// Bytes of all results that the forward pass of one image writes: what training keeps for the gradients at most.
    /// The plan of a tape places them by liveness, and knows the peak ([`crate::tape::PlanCost::peak`]).
    pub activation_bytes: u64,
}

impl Network {
    /// Parameters, multiply-adds and activations.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        for (node, (live, fused)) in self.nodes.iter().zip(self.live().into_iter().zip(fuse(self))) {
            let learnt = self.weights(node).into_iter().filter(|weight| weight.is_parameter());
            let learnt: u64 = learnt.map(|weight| weight.len() as u64).sum();
            cost.parameters = cost.parameters.saturating_add(learnt);
            if live {
                cost.multiply_adds = cost.multiply_adds.saturating_add(self.multiply_adds(node));
                cost.activation_bytes += if writes(node, fused) { 4 * node.shape.len() as u64 } else { 0 };
            }
        }
        cost
    }

    /// What a plan of a training step on `batch` images costs: peak memory, operations, launches. Nothing runs and the
    /// device holds nothing; the loss and the optimizer, which are small, are not counted.
    ///
    /// # Errors
    /// An empty batch.
    pub fn plan_cost(&self, batch: usize) -> Result<tape::PlanCost, ChildError> {
        let weights = Weights::zeros(&mut StoreBuilder::default(), self);
        let mut tape = Tape::new();
        let x = tape.input(&Shape::Image(self.input).batched(batch));
        let seed = tape.input(&[1]);
        let logits = self.record(&mut tape, &weights, x, Mode::Training { seed })?;
        let of_logits = tape.input(&[batch, self.classes]);
        let gradients = tape.backward_from(&[(logits, of_logits)])?;
        let parameters: Vec<_> = weights.parameters().map(|slot| tape.stored(slot)).collect();
        let keep: Vec<_> = parameters.into_iter().filter_map(|tensor| gradients.of(tensor)).collect();
        Ok(tape.cost(&keep))
    }

    /// What a plan that looks at `batch` images costs; nothing runs and the device holds nothing.
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

    /// The multiply-adds of a node for one image.
    fn multiply_adds(&self, node: &Node) -> u64 {
        let inputs = self.input_shapes(node);
        let each = match (node.operation, inputs.first()) {
            (Operation::Conv2d { kernel, groups, .. }, Some(Shape::Image([channels, ..]))) => {
                channels / groups * kernel * kernel
            }
            (Operation::Linear { .. }, Some(Shape::Vector(len))) => *len,
            (Operation::WeightedSum, _) => inputs.len(),
            _ => 0,
        };
        (each as u64).saturating_mul(node.shape.len() as u64)
    }
}

/// Whether a node's result is a tensor of its own that a step writes.
fn writes(node: &Node, fused: Fused) -> bool {
    fused == Fused::No && !matches!(node.operation, Operation::Input | Operation::Zero(_))
}
