//! What can be wrong with an architecture text, a graph, a space's name or an explorer's text.

use super::Explorer;
use crate::network::NetworkError;
use crate::shown::Show;

/// An architecture text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}column {column}: expected {expected}, found {found}", in_line(*.line))]
pub struct ArchError {
    /// Where the fault starts, in bytes from 0.
    pub position: usize,
    /// The line it is in, from 1; `None` where the text has only one.
    pub line: Option<usize>,
    /// The character of the line it starts at, from 1.
    pub column: usize,
    /// What would have been right there.
    pub expected: String,
    /// What is there instead.
    pub found: String,
}

impl ArchError {
    /// An error at a byte of the text.
    pub(super) fn at(text: &str, position: usize, expected: String, found: String) -> ArchError {
        let before = text.get(..position).unwrap_or(text);
        let line = text.trim_end().contains('\n').then(|| before.matches('\n').count() + 1);
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        ArchError { position, line, column, expected, found }
    }
}

fn in_line(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}, ")).unwrap_or_default()
}

/// A graph that is no architecture of the space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGraph {
    /// Too few or too many nodes.
    #[error("{found} nodes; the space allows {min} to {max}")]
    NodeCount {
        /// The graph's number of nodes.
        found: usize,
        /// The smallest number allowed.
        min: usize,
        /// The largest number allowed.
        max: usize,
    },
    /// A node label that may not stand there.
    #[error("node {node} has label {label}; expected {expected}")]
    NodeLabel {
        /// The node.
        node: usize,
        /// Its label.
        label: u8,
        /// What it may be.
        expected: &'static str,
    },
    /// An edge label that the space does not have.
    #[error("edge {from}-{to} has label {label}; expected {expected}")]
    EdgeLabel {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
        /// Its label.
        label: u8,
        /// What it may be.
        expected: &'static str,
    },
    /// A node with too few or too many edges into it.
    #[error("{found} edges lead into node {node}; expected {expected}")]
    InDegree {
        /// The node.
        node: usize,
        /// The number of edges into it.
        found: usize,
        /// What it should be.
        expected: usize,
    },
    /// An edge between two stages or cells that stand side by side.
    #[error("edge {from}-{to} joins two parts of the architecture, which no edge may")]
    CrossEdge {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
    },
    /// Nodes on no path from the input to the output, where the space forbids them.
    #[error("{count} nodes lie on no path from the input to the output")]
    Dangling {
        /// How many.
        count: usize,
    },
    /// No path leads from the input to the output.
    #[error("no path leads from the input to the output")]
    Disconnected,
    /// More edges than allowed.
    #[error("{found} edges after pruning; the space allows {max}")]
    TooManyEdges {
        /// The number of edges that count.
        found: usize,
        /// The largest number allowed.
        max: usize,
    },
}

/// A space's name that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown space `{}`; known: {}", name.shown(), super::names().join(", "))]
pub struct UnknownSpace {
    /// The name asked for.
    pub name: String,
}

/// A text that names no [`Explorer`], or one that does not fit a space.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplorerError {
    /// The name is not known.
    #[error(
        "unknown explorer `{0}`; known: uniform, erdos-renyi:P, erdos-renyi:P..P, sized-erdos-renyi:N..N:P, watts-strogatz:K:P, barabasi-albert:M"
    )]
    Unknown(String),
    /// The probability is not a number from 0 to 1, or the second of two is the smaller one.
    #[error(
        "`{0}` is not a probability from 0 to 1 (erdos-renyi:P, erdos-renyi:P..P from the smaller to the larger, watts-strogatz:K:P)"
    )]
    Probability(String),
    /// The number of neighbours on the ring is not an even number of the range.
    #[error("`{0}` is not an even number of neighbours, 2 to 1000 (watts-strogatz:K:P)")]
    Neighbours(String),
    /// The numbers of nodes are not two numbers of the range, the smaller first.
    #[error("`{0}` is not a smallest and a largest number of nodes, 1 to 1000 (sized-erdos-renyi:3..7:0.25)")]
    Sizes(String),
    /// The number of edges a node brings is not a number of the range.
    #[error("`{0}` is not a number of edges, 1 to 1000 (barabasi-albert:M)")]
    Edges(String),
    /// The space has no such graphs.
    #[error("{explorer} does not fit {space}: {reason}")]
    Unfit {
        /// The explorer.
        explorer: Explorer,
        /// The space.
        space: &'static str,
        /// Why not, and what would do.
        reason: String,
    },
}

/// An architecture of which no network can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A graph that is not of the space.
    #[error(transparent)]
    Graph(#[from] InvalidGraph),
    /// A network that cannot be built: a size out of range, or images too small for it.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The networks of the space have no weights in common.
    #[error("the networks of {0} share no weights; those of {known} do", known = super::sharing_names().join(", "))]
    SharesNothing(&'static str),
}
