//! What can be wrong with a graph, before any space has been asked.

/// A change to a graph, or a graph text, that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A node number that is not below the number of nodes.
    #[error("node {node} does not exist: the graph has {nodes} nodes, counted from 0")]
    OutOfRange {
        /// The node asked for.
        node: usize,
        /// The number of nodes of the graph.
        nodes: usize,
    },
    /// An edge that does not lead from a lower to a higher node, and so would allow a cycle.
    #[error("edge {from}-{to} closes a cycle: edges lead from a lower to a higher node")]
    NotForward {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
    },
    /// The same edge listed twice in a text.
    #[error("edge {from}-{to} is listed twice")]
    DuplicateEdge {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
    },
    /// A text whose list of node labels does not have one entry a node.
    #[error("the graph has {nodes} nodes but {labels} node labels")]
    LabelCount {
        /// The number of nodes stated.
        nodes: usize,
        /// The number of node labels listed.
        labels: usize,
    },
    /// A text that states more nodes than [`MAX_TEXT_NODES`](super::MAX_TEXT_NODES).
    #[error("the graph has {nodes} nodes; a text may describe at most {max}")]
    TooManyNodes {
        /// The number of nodes stated.
        nodes: usize,
        /// The largest number accepted.
        max: usize,
    },
    /// A text that is not the JSON of a graph.
    #[error("not the JSON of a graph: {reason}")]
    Json {
        /// Line of the fault, counted from 1 (0: no position is known).
        line: usize,
        /// Column of the fault, counted from 1 (0: no position is known).
        column: usize,
        /// What the JSON reader found wrong, and where.
        reason: String,
    },
}
