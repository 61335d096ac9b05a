//! What can go wrong while building and recording a network.

use super::sharing::SHARING;
use crate::space::{ArchError, InvalidGraph, UnknownSpace};
use crate::tape::{ShapeError, TapeError};

/// A network that cannot be built or recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// A node whose inputs do not suit its operation.
    #[error(
        "node {name}: {operation} does not fit inputs of shape [{inputs}]; give larger images (--resize, --input) or other widths (--channels)"
    )]
    Shape {
        /// The node.
        name: String,
        /// Its operation.
        operation: &'static str,
        /// The shapes of its inputs.
        inputs: String,
    },
    /// A node with more weights, or a larger result for one image, than kernels can count.
    #[error(
        "node {name}: {operation}, whose result is {result}, needs a tensor of more than {} numbers; give smaller images or fewer channels (--channels)",
        u32::MAX
    )]
    TooLarge {
        /// The node.
        name: String,
        /// Its operation.
        operation: &'static str,
        /// The shape of its result.
        result: String,
    },
    /// Two nodes of one name.
    #[error("two nodes are named {0}; every node needs a name of its own")]
    DuplicateName(String),
    /// A node that reads a node which does not exist yet.
    #[error("node {name} reads node {input}, which was not added before it")]
    UnknownNode {
        /// The node that reads.
        name: String,
        /// The number read.
        input: usize,
    },
    /// An output that is not one number a class.
    #[error("the output {0} is an image; end the network with a linear layer")]
    Output(String),
    /// A width or depth that no network has.
    #[error("{what} is {found}; it has to be from {min} to {max}")]
    Size {
        /// The number's name.
        what: &'static str,
        /// Its value.
        found: usize,
        /// The smallest accepted.
        min: usize,
        /// The largest accepted.
        max: usize,
    },
    /// A node of a graph that reads more or fewer nodes than the space wants.
    #[error("node {node} reads {found} nodes; in this space it reads {expected}")]
    Degree {
        /// The node.
        node: usize,
        /// How many it reads.
        found: usize,
        /// How many it should.
        expected: usize,
    },
    /// A graph that does not come apart into the graphs its space has side by side.
    #[error("{found} nodes are not {parts} graphs of equal size")]
    Parts {
        /// The nodes of the graph.
        found: usize,
        /// How many graphs there should be.
        parts: usize,
    },
    /// A space whose networks have no weights in common.
    #[error("the networks of {name} share no weights; those of {known} do", name = .0, known = SHARING.join(", "))]
    SharesNothing(String),
    /// A space that does not exist.
    #[error(transparent)]
    Space(#[from] UnknownSpace),
    /// A text that is no architecture.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// A graph that is not of the space.
    #[error(transparent)]
    Graph(#[from] InvalidGraph),
    /// The tape refused an operation.
    #[error(transparent)]
    Recording(#[from] ShapeError),
    /// The store refused a weight.
    #[error(transparent)]
    Tape(#[from] TapeError),
}
