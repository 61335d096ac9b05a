//! Errors of architecture texts, graphs, space names and explorer texts.

use super::Explorer;
use super::file::Fault;
use crate::network::NetworkError;
use crate::shown::Show;
use std::path::PathBuf;

/// An architecture text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}column {column}: expected {expected}, found {found}", in_line(*.line))]
pub struct ArchError {
    /// The offset of the error in bytes, from 0.
    pub position: usize,
    /// The line of the error, from 1; `None` if the text has only one line.
    pub line: Option<usize>,
    /// The column of the error in characters, from 1.
    pub column: usize,
    /// The text that was expected there.
    pub expected: String,
    /// The text that was found there.
    pub found: String,
}

impl ArchError {
    /// Returns an error at a byte offset of the text.
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

/// A graph that is not an architecture of the space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGraph {
    /// An edge between two parts (stages or cells) of the architecture.
    #[error("edge {from}-{to} joins two parts of the architecture; edges must stay within one part")]
    CrossEdge {
        /// The node the edge leaves.
        from: usize,
        /// The node the edge enters.
        to: usize,
    },
    /// Nodes on no path from the input to the output, in a space that forbids them.
    #[error("{count} nodes lie on no path from the input to the output")]
    Dangling {
        /// The number of such nodes.
        count: usize,
    },
    /// A rule of a space from a file.
    #[error("{0}")]
    Rule(String),
}

/// A space that cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// An unknown name.
    #[error("unknown space `{}`; known: {}, or the path of a space file, such as ./my-space.toml", name.shown(), super::names().join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
    /// A space file that cannot be read.
    #[error("cannot read the space file {}: {why}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// An invalid definition.
    #[error("{place}, {fault}")]
    Invalid {
        /// The file, or `the saved space`.
        place: String,
        /// The fault with its line.
        fault: Fault,
    },
}

/// A text that is not an [`Explorer`], or an explorer that does not suit a space.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplorerError {
    /// The name is not known.
    #[error(
        "unknown explorer `{0}`; known: uniform, erdos-renyi:P, erdos-renyi:P..P, sized-erdos-renyi:N..N:P, watts-strogatz:K:P, barabasi-albert:M"
    )]
    Unknown(String),
    /// A probability outside 0 to 1, or a range whose second probability is the smaller one.
    #[error(
        "`{0}` is not a probability from 0 to 1 (erdos-renyi:P, erdos-renyi:P..P from the smaller to the larger, watts-strogatz:K:P)"
    )]
    Probability(String),
    /// A number of ring neighbours that is odd or out of range.
    #[error("`{0}` is not an even number of neighbours, 2 to 1000 (watts-strogatz:K:P)")]
    Neighbours(String),
    /// Numbers of nodes that are out of range or descending.
    #[error("`{0}` is not a smallest and a largest number of nodes, 1 to 1000 (sized-erdos-renyi:3..7:0.25)")]
    Sizes(String),
    /// A number of edges per new node that is out of range.
    #[error("`{0}` is not a number of edges, 1 to 1000 (barabasi-albert:M)")]
    Edges(String),
    /// The space has no graphs of this distribution.
    #[error("{explorer} does not fit {space}: {reason}")]
    Unfit {
        /// The explorer.
        explorer: Explorer,
        /// The space.
        space: String,
        /// The reason, and which values are allowed.
        reason: String,
    },
}

/// An architecture whose network cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A graph that is not an architecture of the space.
    #[error(transparent)]
    Graph(#[from] InvalidGraph),
    /// A size out of range, or images that are too small for the network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A layer of a space file that does not fit.
    #[error("the layer in line {line} of the space file: {source}")]
    Layer {
        /// The line of the layer, from 1.
        line: usize,
        /// The node and the reason.
        source: NetworkError,
    },
    /// The networks of the space cannot share weights.
    #[error("networks of {0} cannot share weights; use one of {known}", known = super::weight_sharing_spaces().join(", "))]
    NoSharedWeights(String),
}
