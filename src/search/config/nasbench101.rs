//! The section `[nasbench101]`: rules of the space nasbench101.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[nasbench101]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct NasBench101Config {
    /// Graphs with vertices on no path from input to output: prune removes these vertices, as the benchmark does;
    /// reject makes the graph invalid, as in the authors' runs.
    pub dangling: Dangling,
}

/// Treatment of a NAS-Bench-101 graph with vertices on no path from input to output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dangling {
    /// The vertices are removed, as in the benchmark.
    #[default]
    Prune,
    /// The graph is invalid, as in the authors' runs.
    Reject,
}
