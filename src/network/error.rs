//! What can go wrong while a network is built.

/// A network that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
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
}
