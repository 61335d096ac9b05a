//! Records a network on a tape.

use super::error::ChildError;
use super::fuse::{Fused, fuse};
use super::weights::Weights;
use crate::network::{Network, Node};
use crate::network::{Operation, Shape};
use crate::tape::{BatchNorm, ConvSettings, Pool, PoolKind, ShapeError, Tape, Tensor};
use std::collections::HashSet;

/// The purpose for which a network is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, which also update the running ones, and dropout.
    Training {
        /// The seed of dropout and drop path, as for [`Tape::dropout`].
        seed: Tensor,
    },
    /// Running statistics, no dropout.
    Inference,
    /// Batch statistics, which do not update the running ones, and no dropout: for weights that several networks share,
    /// whose running statistics are a mixture over these networks that suits none of them.
    BatchStatistics,
}

impl Network {
    /// Records the network on a batch of images `[N, C, H, W]` and returns the logits, `[N, classes]`.
    ///
    /// Only nodes that the logits depend on are recorded. A ReLU has a launch of its own only if it cannot be fused
    /// with the batch normalisation before it or the convolutions after it.
    ///
    /// # Errors
    /// Images that do not have the network's input shape, or weights of another network.
    pub fn record(&self, tape: &mut Tape, weights: &Weights, x: Tensor, mode: Mode) -> Result<Tensor, ChildError> {
        let results = self.record_all(tape, weights, x, mode)?;
        Ok(results[self.output].unwrap_or(x))
    }

    /// As [`Network::record`], but returns the outputs of all nodes; `None` for nodes that the logits do not depend on.
    /// For a ReLU that is fused with a batch normalisation, this is the output after the ReLU; for one that is fused
    /// with convolutions, the value before the ReLU.
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
                // A placeholder, which no recorded node reads.
                false => x,
            };
            recording.results.push(result);
        }
        let results = recording.results.into_iter().zip(live);
        Ok(results.map(|(result, live)| live.then_some(result)).collect())
    }
}

/// A recording in progress.
struct Recording<'a> {
    network: &'a Network,
    tape: &'a mut Tape,
    weights: &'a Weights,
    mode: Mode,
    fused: Vec<Fused>,
    /// The batch normalisations that are fused with the ReLU that reads them.
    normed: HashSet<usize>,
    batch: usize,
    /// The outputs of the nodes so far; those of fused ReLUs as in [`Network::record_all`].
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
            (Operation::ScaleChannels, &[x, factors]) => self.tape.scale_channels(x, factors)?,
            (Operation::Attention { heads }, &[query, key, value]) => {
                self.tape.attention([query, key, value], heads)?
            }
            (_, &[x]) => self.unary(number, node, x, &weights)?,
            _ => return Err(ShapeError::new("child network", format!("no inputs at {}", node.name)).into()),
        })
    }

    /// Records a node with a single input.
    fn unary(&mut self, number: usize, node: &Node, x: Tensor, weights: &[Tensor]) -> Result<Tensor, ShapeError> {
        match node.operation {
            Operation::Relu if self.fused[number] == Fused::No => Ok(self.tape.relu(x)),
            Operation::Sigmoid => Ok(self.tape.sigmoid(x)),
            Operation::Relu6 => Ok(self.tape.relu6(x)),
            Operation::Silu => Ok(self.tape.silu(x)),
            Operation::HardSwish => Ok(self.tape.hard_swish(x)),
            Operation::Gelu => Ok(self.tape.gelu(x)),
            Operation::Conv2d { stride, padding, dilation, groups, .. } => {
                let relu = self.fused[node.inputs[0]] == Fused::IntoConvolutions;
                let settings = ConvSettings { stride, padding, dilation, groups, relu };
                self.tape.conv2d(x, weights[0], weights.get(1).copied(), settings)
            }
            Operation::BatchNorm { epsilon, momentum, .. } => {
                let training = self.mode != Mode::Inference;
                let (affine, running) = weights.split_at(weights.len() - 2);
                let affine = affine.first().map(|weight| [*weight, affine[1]]);
                let relu = self.normed.contains(&number);
                // A momentum of zero does not update the running statistics.
                let momentum = if self.mode == Mode::BatchStatistics { 0.0 } else { momentum };
                let norm = BatchNorm { epsilon, momentum, training };
                self.tape.batch_norm(x, affine, [running[0], running[1]], norm, relu)
            }
            Operation::LayerNorm { epsilon } => self.tape.layer_norm(x, weights[0], weights[1], epsilon),
            Operation::PositionEmbedding => self.tape.add_to_each(x, weights[0]),
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
            // A neighbouring launch computes it.
            Operation::Relu => Ok(x),
            Operation::Input
            | Operation::Zero(_)
            | Operation::Sum
            | Operation::Mean
            | Operation::WeightedSum
            | Operation::Concat
            | Operation::ScaleChannels
            | Operation::Attention { .. } => {
                Err(ShapeError::new("child network", format!("{} has another number of inputs", node.name)))
            }
        }
    }
}

/// Returns the batch normalisations that are fused with a ReLU.
fn normed(network: &Network, fused: &[Fused]) -> HashSet<usize> {
    let relus = network.nodes.iter().zip(fused).filter(|(_, fused)| **fused == Fused::IntoNorm);
    relus.filter_map(|(node, _)| node.inputs.first().copied()).collect()
}
