//! Records a network on a tape.

use super::error::ChildError;
use super::fuse::{Fused, fuse};
use super::weights::Weights;
use crate::network::operation::NodeRecorder;
use crate::network::{Builder, Mode, Network, Node, Operation, Shape};
use crate::tape::{ShapeError, Tape, Tensor};
use std::collections::HashSet;

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
                true if number == Builder::INPUT => x,
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
        let relu = match node.operation {
            // An adjacent launch computes it.
            Operation::Activation(_) if self.fused[number] != Fused::No => return Ok(inputs[0]),
            Operation::Conv2d(_) => {
                node.inputs.first().is_some_and(|from| self.fused[*from] == Fused::IntoConvolutions)
            }
            _ => self.normed.contains(&number),
        };
        let output = node.shape.batched(self.batch);
        let (tape, mode) = (&mut *self.tape, self.mode);
        let mut recorder = NodeRecorder { tape, weights: &weights, mode, output: &output, relu };
        Ok(node.operation.record(&mut recorder, &inputs)?)
    }
}

/// Returns the batch normalisations that are fused with a ReLU.
fn normed(network: &Network, fused: &[Fused]) -> HashSet<usize> {
    let relus = network.nodes.iter().zip(fused).filter(|(_, fused)| **fused == Fused::IntoNorm);
    relus.filter_map(|(node, _)| node.inputs.first().copied()).collect()
}
