//! The fixed random distributions of the exploration phase, before the generator is trained (docs/method.md section 3).

use std::{fmt, str::FromStr};

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{ExplorerError, Limits};
use crate::bounds::bound;
use crate::graph::Graph;

/// The maximum number of draws before a distribution is considered to have no valid graph.
const MAX_DRAWS: usize = 100_000;

/// A fixed random distribution over the valid graphs of a space.
///
/// All but the uniform one draw the edges only; the labels of present edges and of inner nodes are uniform. A space
/// with constraints on edges draws until they are met. Parameters out of range are clamped when drawing.
///
/// ```
/// use graphpnas::space::Explorer;
///
/// let explorer: Explorer = "erdos-renyi:0.25".parse()?;
/// assert_eq!(explorer, Explorer::ErdosRenyi { p: 0.25 });
/// # Ok::<(), graphpnas::space::ExplorerError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Explorer {
    /// `uniform`: uniform over the encodings of the space; each space documents its encodings.
    Uniform,
    /// `erdos-renyi:0.25`: every edge is present independently with the same probability.
    ErdosRenyi {
        /// The probability of an edge, 0 to 1.
        p: f64,
    },
    /// `erdos-renyi:0.02..0.4`: the same, with a probability drawn uniformly from this range for each graph (RandWire:
    /// each stage). Useful if the density of good graphs is unknown.
    AnyDensity {
        /// The smallest probability of an edge, 0 to 1.
        from: f64,
        /// The largest, not below it.
        to: f64,
    },
    /// `sized-erdos-renyi:3..7:0.25`: the number of nodes is uniform, then every edge is present with the same
    /// probability; for spaces whose graphs differ in size. The authors' NAS-Bench-101 runs used it (docs/method.md
    /// section 3).
    SizedErdosRenyi {
        /// The smallest number of nodes, at least that of the space.
        from: usize,
        /// The largest number of nodes, at most that of the space.
        to: usize,
        /// The probability of an edge, 0 to 1.
        p: f64,
    },
    /// `watts-strogatz:4:0.75`: a ring of nearest neighbours, each edge rewired with probability `p`.
    WattsStrogatz {
        /// The number of ring neighbours of a node, half of them on either side: even, below the number of nodes.
        neighbours: usize,
        /// The probability of rewiring an edge, 0 to 1.
        p: f64,
    },
    /// `barabasi-albert:5`: each new node is joined to earlier ones with probability proportional to their degrees.
    BarabasiAlbert {
        /// The number of edges of each new node, below the number of nodes.
        edges: usize,
    },
}

impl Explorer {
    /// Checks that graphs of a space with these limits can be drawn; the error is the reason.
    pub(super) fn fits(&self, limits: Limits) -> Result<(), String> {
        let Limits { min_nodes, max_nodes: nodes, .. } = limits;
        let (what, number) = match *self {
            Explorer::Uniform | Explorer::ErdosRenyi { .. } | Explorer::AnyDensity { .. } => return Ok(()),
            Explorer::SizedErdosRenyi { from, to, .. } if (min_nodes..=nodes).contains(&from) && to <= nodes => {
                return Ok(());
            }
            Explorer::SizedErdosRenyi { .. } => {
                return Err(format!("its graphs have {min_nodes} to {nodes} nodes"));
            }
            Explorer::WattsStrogatz { neighbours, .. } => ("neighbours", neighbours),
            Explorer::BarabasiAlbert { edges } => ("edges", edges),
        };
        if number < nodes {
            return Ok(());
        }
        Err(format!("its graphs have {nodes} nodes, so the {what} must be below that, not {number}"))
    }
}

impl TryFrom<String> for Explorer {
    type Error = ExplorerError;

    fn try_from(text: String) -> Result<Self, ExplorerError> {
        text.parse()
    }
}

impl From<Explorer> for String {
    fn from(explorer: Explorer) -> Self {
        explorer.to_string()
    }
}

impl FromStr for Explorer {
    type Err = ExplorerError;

    fn from_str(text: &str) -> Result<Explorer, ExplorerError> {
        if text == "uniform" {
            return Ok(Explorer::Uniform);
        }
        match text.split_once(':') {
            Some(("erdos-renyi", p)) => erdos_renyi(p),
            Some(("sized-erdos-renyi", numbers)) => sized(numbers),
            Some(("watts-strogatz", numbers)) => {
                let (neighbours, p) = numbers.split_once(':').unwrap_or((numbers, ""));
                let even = count("explorer.neighbours", neighbours).filter(|count| count % 2 == 0);
                let neighbours = even.ok_or_else(|| ExplorerError::Neighbours(neighbours.to_owned()))?;
                Ok(Explorer::WattsStrogatz { neighbours, p: probability(p)? })
            }
            Some(("barabasi-albert", edges)) => {
                let count = count("explorer.edges", edges).ok_or_else(|| ExplorerError::Edges(edges.to_owned()))?;
                Ok(Explorer::BarabasiAlbert { edges: count })
            }
            _ => Err(ExplorerError::Unknown(text.to_owned())),
        }
    }
}

fn erdos_renyi(text: &str) -> Result<Explorer, ExplorerError> {
    let Some((from, to)) = text.split_once("..") else { return Ok(Explorer::ErdosRenyi { p: probability(text)? }) };
    match (probability(from)?, probability(to)?) {
        (from, to) if from <= to => Ok(Explorer::AnyDensity { from, to }),
        _ => Err(ExplorerError::Probability(text.to_owned())),
    }
}

fn sized(text: &str) -> Result<Explorer, ExplorerError> {
    let (range, p) = text.split_once(':').unwrap_or((text, ""));
    let sizes = range
        .split_once("..")
        .and_then(|(from, to)| Some((count("explorer.nodes", from)?, count("explorer.nodes", to)?)));
    match sizes {
        Some((from, to)) if from <= to => Ok(Explorer::SizedErdosRenyi { from, to, p: probability(p)? }),
        _ => Err(ExplorerError::Sizes(range.to_owned())),
    }
}

fn count(what: &str, text: &str) -> Option<usize> {
    usize::try_from(bound(what)?.parse_integer(text).ok()?).ok()
}

fn probability(text: &str) -> Result<f64, ExplorerError> {
    let p = text.parse().ok().filter(|p| (0.0..=1.0).contains(p));
    p.ok_or_else(|| ExplorerError::Probability(text.to_owned()))
}

impl fmt::Display for Explorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Explorer::Uniform => f.write_str("uniform"),
            Explorer::ErdosRenyi { p } => write!(f, "erdos-renyi:{p}"),
            Explorer::AnyDensity { from, to } => write!(f, "erdos-renyi:{from}..{to}"),
            Explorer::SizedErdosRenyi { from, to, p } => write!(f, "sized-erdos-renyi:{from}..{to}:{p}"),
            Explorer::WattsStrogatz { neighbours, p } => write!(f, "watts-strogatz:{neighbours}:{p}"),
            Explorer::BarabasiAlbert { edges } => write!(f, "barabasi-albert:{edges}"),
        }
    }
}

/// Returns true with probability `p`, which is clamped to 0..=1; NaN counts as 0.
pub(super) fn flip(p: f64, rng: &mut dyn Rng) -> bool {
    rng.random_bool(p.clamp(0.0, 1.0).max(0.0))
}

/// Returns the first valid graph of up to [`MAX_DRAWS`] draws.
pub(super) fn first_valid(mut draw: impl FnMut() -> Graph, valid: impl Fn(&Graph) -> bool) -> Option<Graph> {
    (0..MAX_DRAWS).map(|_| draw()).find(valid)
}
