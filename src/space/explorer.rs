//! The fixed random distributions a search explores with before it has learned one (METHOD section 3).

use std::{fmt, str::FromStr};

use rand::{Rng, RngExt};

use super::ExplorerError;
use crate::graph::Graph;

/// How often a draw is repeated before a distribution is taken to have no valid graph.
const MAX_DRAWS: usize = 100_000;

/// A fixed random distribution over the valid graphs of a space; its text is `uniform` or `erdos-renyi:0.25`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Explorer {
    /// Uniform over the encodings of the space; each space says what that is.
    Uniform,
    /// Every edge is present with the same probability, whatever the others are; the labels of present edges and
    /// of inner nodes are uniform.
    ErdosRenyi {
        /// The probability of an edge, 0 to 1; values outside are clamped when drawing.
        p: f64,
    },
}

impl FromStr for Explorer {
    type Err = ExplorerError;

    fn from_str(text: &str) -> Result<Explorer, ExplorerError> {
        if text == "uniform" {
            return Ok(Explorer::Uniform);
        }
        let Some(number) = text.strip_prefix("erdos-renyi:") else {
            return Err(ExplorerError::Unknown(text.to_owned()));
        };
        match number.parse::<f64>() {
            Ok(p) if (0.0..=1.0).contains(&p) => Ok(Explorer::ErdosRenyi { p }),
            _ => Err(ExplorerError::Probability(number.to_owned())),
        }
    }
}

impl fmt::Display for Explorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Explorer::Uniform => f.write_str("uniform"),
            Explorer::ErdosRenyi { p } => write!(f, "erdos-renyi:{p}"),
        }
    }
}

/// Whether an edge of probability `p` is present; `p` is clamped to 0..=1, and not-a-number counts as 0.
pub(super) fn flip(p: f64, rng: &mut dyn Rng) -> bool {
    rng.random_bool(p.clamp(0.0, 1.0).max(0.0))
}

/// The first of up to [`MAX_DRAWS`] draws that is valid.
pub(super) fn first_valid(mut draw: impl FnMut() -> Graph, valid: impl Fn(&Graph) -> bool) -> Option<Graph> {
    (0..MAX_DRAWS).map(|_| draw()).find(valid)
}
