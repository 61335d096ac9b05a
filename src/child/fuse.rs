//! Fusion of ReLUs into the launches of adjacent nodes.

use crate::network::Network;
use crate::network::Operation;
use crate::network::operation::Activation;

/// The launch in which a node is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fused {
    /// Its own launch.
    No,
    /// A ReLU applied by the batch normalisation that it reads.
    IntoNorm,
    /// A ReLU applied by the convolutions that read it, to their input.
    IntoConvolutions,
}

/// Returns the fusion of every node. Readers that the output does not depend on are ignored.
pub(super) fn fuse(network: &Network) -> Vec<Fused> {
    let readers = readers(network);
    let is_conv = |number: &usize| matches!(network.nodes[*number].operation, Operation::Conv2d(_));
    let fused = |(number, node): (usize, &crate::network::Node)| {
        let (Operation::Activation(Activation::Relu), &[from]) = (node.operation, node.inputs.as_slice()) else {
            return Fused::No;
        };
        let norm = matches!(network.nodes[from].operation, Operation::BatchNorm(_));
        if norm && readers[from] == [number] {
            Fused::IntoNorm
        } else if number != network.output && !readers[number].is_empty() && readers[number].iter().all(is_conv) {
            Fused::IntoConvolutions
        } else {
            Fused::No
        }
    };
    network.nodes.iter().enumerate().map(fused).collect()
}

/// Returns the live nodes that read each node, repeated if they read it several times.
fn readers(network: &Network) -> Vec<Vec<usize>> {
    let mut readers = vec![Vec::new(); network.nodes.len()];
    for (number, live) in network.live().into_iter().enumerate() {
        if live {
            network.nodes[number].inputs.iter().for_each(|input| readers[*input].push(number));
        }
    }
    readers
}
