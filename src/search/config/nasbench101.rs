//! The section `[nasbench101]`: rules of that space.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[nasbench101]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct NasBench101Config {
    /// Vertices on no path from input to output: prune, as the benchmark does, or reject the graph, as the authors
    /// did.
    pub dangling: Dangling,
}

/// What becomes of a NAS-Bench-101 graph with vertices on no path from input to output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dangling {
    /// They are pruned, as the benchmark does.
    #[default]
    Prune,
    /// The graph is invalid, as in the authors' runs.
    Reject,
}
