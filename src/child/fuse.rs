//! Which ReLUs need no launch of their own.

use crate::network::Network;
use crate::network::Operation;

/// Where a node's work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fused {
    /// In a launch of its own.
    No,
    /// A ReLU done by the batch normalisation it reads.
    IntoNorm,
    /// A ReLU done by the convolutions that read it, while they read.
    IntoConvolutions,
}

/// The answer for every node. Nodes that the output does not depend on count as unread.
pub(super) fn fuse(network: &Network) -> Vec<Fused> {
    let readers = readers(network);
    let is_conv = |number: &usize| matches!(network.nodes[*number].operation, Operation::Conv2d { .. });
    let answer = |(number, node): (usize, &crate::network::Node)| {
        let (Operation::Relu, &[from]) = (node.operation, node.inputs.as_slice()) else { return Fused::No };
        let norm = matches!(network.nodes[from].operation, Operation::BatchNorm { .. });
        if norm && readers[from] == [number] {
            Fused::IntoNorm
        } else if number != network.output && !readers[number].is_empty() && readers[number].iter().all(is_conv) {
            Fused::IntoConvolutions
        } else {
            Fused::No
        }
    };
    network.nodes.iter().enumerate().map(answer).collect()
}

/// The live nodes that read each node, once for every time they do.
fn readers(network: &Network) -> Vec<Vec<usize>> {
    let mut readers = vec![Vec::new(); network.nodes.len()];
    for (number, live) in network.live().into_iter().enumerate() {
        if live {
            network.nodes[number].inputs.iter().for_each(|input| readers[*input].push(number));
        }
    }
    readers
}
