//! Errors of building a network.

/// A network that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A node whose inputs do not suit its operation.
    #[error(
        "node {name}: {operation} does not fit inputs of shape [{inputs}]; give larger images (--resize, --input) or other widths (--channels), kernels or groups"
    )]
    Shape {
        /// The node.
        name: String,
        /// Its operation.
        operation: &'static str,
        /// The shapes of its inputs.
        inputs: String,
    },
    /// A node whose weight, or whose output for one image, has more elements than kernels can index.
    #[error(
        "node {name}: {operation}, whose result is {result}, needs a tensor of more than {} elements; give smaller images or fewer channels (--channels)",
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
    /// Images of another height than 1 in a space for signals.
    #[error(
        "the space is for signals (axes = 1), which have height 1, but the input is {}x{}x{} (channels x height x width); give \
         signals (--data, --input), or axes = 2 in the space file",
        .0[0], .0[1], .0[2]
    )]
    Signals([usize; 3]),
    /// Two nodes with the same name.
    #[error(
        "two nodes are named {0}; every node needs a name of its own: in a space file, as = \"NAME.#\" numbers repeated layers"
    )]
    DuplicateName(String),
    /// A node that reads a node that does not exist yet.
    #[error("node {name} reads node {input}, which was not added before it")]
    UnknownNode {
        /// The reading node.
        name: String,
        /// The number of the unknown node.
        input: usize,
    },
    /// An output that is not a vector of one value per class.
    #[error("the output {0} is an image; end the network with a linear layer")]
    Output(String),
    /// A skip connection whose input and output differ, in a space that forbids it.
    #[error("node {0}: a skip connection would have to change the width or the image size, which its `change` forbids")]
    Skip(String),
    /// An operation that keeps the shape of its input, where width or stride change.
    #[error(
        "node {0}: normalisation, activation and position embedding cannot change the width or the image size; use a convolution there"
    )]
    KeepsShape(String),
    /// An attention whose heads do not divide the width.
    #[error("node {node}: a width of {width} cannot be divided into {heads} heads; give another width or head_dim")]
    Heads {
        /// The node.
        node: String,
        /// The number of heads.
        heads: usize,
        /// The width.
        width: usize,
    },
    /// A factorised reduction with a stride other than 2.
    #[error("node {node}: a factorised reduction halves the image, so its stride must be 2, not {stride}")]
    Halves {
        /// The node.
        node: String,
        /// The stride.
        stride: usize,
    },
    /// An operation that has no network.
    #[error("node {0}: operations of the kinds zero and head cannot be here")]
    NoNetwork(String),
    /// An operation of another program.
    #[error(
        "node {0}: operations of the kind external have no network; search the space with a table of rewards (--table FILE)"
    )]
    External(String),
    /// Too many operations.
    #[error("the network has more than {0} operations; give fewer cells or repetitions")]
    TooManyNodes(usize),
    /// A size out of its range.
    #[error("{what} is {found}; it must be from {min} to {max}")]
    Size {
        /// The name of the size.
        what: &'static str,
        /// Its value.
        found: usize,
        /// The smallest allowed value.
        min: usize,
        /// The largest allowed value.
        max: usize,
    },
}
