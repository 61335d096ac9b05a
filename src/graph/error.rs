//! Errors of graphs, independent of the search space.

/// An invalid change to a graph, or an invalid graph text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A node index out of range.
    #[error("node {node} does not exist: the graph has {nodes} nodes, counted from 0")]
    OutOfRange {
        /// The node index.
        node: usize,
        /// The number of nodes of the graph.
        nodes: usize,
    },
    /// An edge that does not lead from a lower to a higher node.
    #[error("edge {from}-{to} is invalid: edges must lead from a lower to a higher node")]
    NotForward {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
    },
    /// A text that lists an edge twice.
    #[error("edge {from}-{to} is listed twice")]
    DuplicateEdge {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
    },
    /// A text whose number of node labels differs from the number of nodes.
    #[error("the graph has {nodes} nodes, but {labels} node labels")]
    LabelCount {
        /// The number of nodes in the text.
        nodes: usize,
        /// The number of node labels in the text.
        labels: usize,
    },
    /// A text with more nodes than [`MAX_TEXT_NODES`](super::MAX_TEXT_NODES).
    #[error("the graph has {nodes} nodes; at most {max} are allowed")]
    TooManyNodes {
        /// The number of nodes in the text.
        nodes: usize,
        /// The largest number allowed.
        max: usize,
    },
    /// A text that is not the JSON of a graph.
    #[error("the text is not the JSON of a graph: {reason}")]
    Json {
        /// Line of the error, counted from 1; 0 if unknown.
        line: usize,
        /// Column of the error, counted from 1; 0 if unknown.
        column: usize,
        /// The message of the JSON reader with the position.
        reason: String,
    },
}
