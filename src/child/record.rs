//! A network on a tape.

use super::error::ChildError;
use super::fuse::{Fused, fuse};
use super::weights::Weights;
use crate::network::{Network, Node};
use crate::network::{Operation, Shape};
use crate::tape::{BatchNorm, ConvSettings, Pool, PoolKind, ShapeError, Tape, Tensor};
use std::collections::HashSet;

/// What a network is recorded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, which also move the running ones, and dropout, drawn from the numbers in `seed`, which is
    /// read only by networks with dropout or drop path.
    Training {
        /// As [`Tape::dropout`] takes it.
        seed: Tensor,
    },
    /// Running statistics, no dropout.
    Inference,
    /// Batch statistics, which leave the running ones as they are, and no dropout: for weights that several networks
    /// share, whose running statistics are a mixture that suits none of them.
    Inherited,
}

impl Network {
    /// Records the network on a batch of images `[N, C, H, W]` and returns the logits, `[N, classes]`.
    ///
    /// Only what the logits depend on is recorded. A ReLU takes a launch of its own only where neither the batch
    /// normalisation before it nor the convolutions after it can do it.
    ///
    /// # Errors
    /// Images of another shape than the network's, or weights of another network.
    pub fn record(&self, tape: &mut Tape, weights: &Weights, x: Tensor, mode: Mode) -> Result<Tensor, ChildError> {
        let results = self.record_all(tape, weights, x, mode)?;
        Ok(results[self.output].unwrap_or(x))
    }

    /// The same with the results of all nodes; of those that the logits do not depend on there are none. The result of a
    /// ReLU without a launch of its own is that with it, of a batch normalisation before it, or without it, of what the
    /// convolutions after it read.
    ///
    /// # Errors
    /// As [`Network::record`].
    pub fn record_all(
        &self,
        tape: &mut Tape,
        weights: &Weights,
        x: Tensor,
        mode: Mode,
    ) -> Result<Vec<Option<Tensor>>, ChildError> {
        let shape = tape.shape(x).to_vec();
        let batch = shape.first().copied().unwrap_or(0);
        if batch == 0 || shape != Shape::Image(self.input).batched(batch) {
            let [channels, height, width] = self.input;
            let why = format!("images of {shape:?}; the network takes [batch, {channels}, {height}, {width}]");
            return Err(ShapeError::new("child network", why).into());
        }
        let (live, fused) = (self.live(), fuse(self));
        let normed = normed(self, &fused);
        let mut recording = Recording { network: self, tape, weights, mode, fused, normed, batch, results: Vec::new() };
        for (number, node) in self.nodes.iter().enumerate() {
            let result = match live[number] {
                true if node.operation == Operation::Input => x,
                true => recording.node(number, node)?,
                // Nothing that is recorded reads it.
                false => x,
            };
            recording.results.push(result);
        }
        let results = recording.results.into_iter().zip(live);
        Ok(results.map(|(result, live)| live.then_some(result)).collect())
    }
}

/// A network half recorded.
struct Recording<'a> {
    network: &'a Network,
    tape: &'a mut Tape,
    weights: &'a Weights,
    mode: Mode,
    fused: Vec<Fused>,
    /// The normalisations that do the ReLU which reads them; it is the only node that does.
    normed: HashSet<usize>,
    batch: usize,
    /// The result of every node so far. That of a ReLU done elsewhere is the result with or before it.
    results: Vec<Tensor>,
}

impl Recording<'_> {
    fn node(&mut self, number: usize, node: &Node) -> Result<Tensor, ChildError> {
        let inputs: Vec<_> = node.inputs.iter().map(|input| self.results[*input]).collect();
        let weights: Vec<_> = self.weights.of(number).iter().map(|slot| self.tape.stored(slot)).collect();
        if weights.len() != self.network.weights(node).len() {
            return Err(ShapeError::new("child network", format!("weights of another network at {}", node.name)).into());
        }
        Ok(match (node.operation, inputs.as_slice()) {
            (Operation::Zero(_), _) => self.tape.zeros(&node.shape.batched(self.batch)),
            (Operation::Sum, _) => self.tape.sum_of(&inputs)?,
            (Operation::Mean, _) => self.tape.mean_of(&inputs)?,
            (Operation::WeightedSum, _) => self.tape.weighted_sum(&inputs, weights[0])?,
            (Operation::Concat, _) => self.tape.concat(&inputs)?,
            (_, &[x]) => self.unary(number, node, x, &weights)?,
            _ => return Err(ShapeError::new("child network", format!("no inputs at {}", node.name)).into()),
        })
    }

    /// A node that reads one other.
    fn unary(&mut self, number: usize, node: &Node, x: Tensor, weights: &[Tensor]) -> Result<Tensor, ShapeError> {
        match node.operation {
            Operation::Relu if self.fused[number] == Fused::No => Ok(self.tape.relu(x)),
            Operation::Conv2d { stride, padding, dilation, groups, .. } => {
                let relu = self.fused[node.inputs[0]] == Fused::IntoConvolutions;
                let window = ConvSettings { stride, padding, dilation, groups, relu };
                self.tape.conv2d(x, weights[0], weights.get(1).copied(), window)
            }
            Operation::BatchNorm { epsilon, momentum, .. } => {
                let training = self.mode != Mode::Inference;
                let (affine, running) = weights.split_at(weights.len() - 2);
                let affine = affine.first().map(|weight| [*weight, affine[1]]);
                let relu = self.normed.contains(&number);
                // A momentum of zero leaves the running statistics as they are.
                let momentum = if self.mode == Mode::Inherited { 0.0 } else { momentum };
                let norm = BatchNorm { epsilon, momentum, training };
                self.tape.batch_norm(x, affine, [running[0], running[1]], norm, relu)
            }
            Operation::MaxPool { size, stride, padding } => {
                self.tape.pool2d(x, Pool { kind: PoolKind::Max, size, stride, padding, count_padding: false })
            }
            Operation::AvgPool { size, stride, padding, count_padding } => {
                self.tape.pool2d(x, Pool { kind: PoolKind::Average, size, stride, padding, count_padding })
            }
            Operation::GlobalAveragePool => self.tape.global_average_pool(x),
            Operation::Linear { .. } => self.tape.linear(x, weights[0], Some(weights[1]), false),
            Operation::Narrow { from, len } => self.tape.narrow(x, from, len),
            Operation::Shift => self.tape.shift(x, 1, 1),
            Operation::Dropout { rate } => match self.mode {
                Mode::Training { seed } => self.tape.dropout(x, rate, seed),
                _ => Ok(x),
            },
            Operation::DropPath { rate } => match self.mode {
                Mode::Training { seed } => self.tape.drop_path(x, rate, seed),
                _ => Ok(x),
            },
            // A ReLU that another launch does.
            _ => Ok(x),
        }
    }
}

/// The normalisations that do a ReLU.
fn normed(network: &Network, fused: &[Fused]) -> HashSet<usize> {
    let relus = network.nodes.iter().zip(fused).filter(|(_, fused)| **fused == Fused::IntoNorm);
    relus.filter_map(|(node, _)| node.inputs.first().copied()).collect()
}
