//! Search spaces: which graphs are architectures, and how they are written (METHOD sections 1, 5 and 6).

mod error;
mod explorer;
pub mod nasbench101;
pub mod nasbench201;
mod text;

use std::sync::Arc;

use rand::Rng;

use crate::graph::Graph;

pub use error::{ArchError, ExplorerError, InvalidGraph, UnknownSpace};
pub use explorer::Explorer;
pub use nasbench101::NasBench101;
pub use nasbench201::NasBench201;

/// The sizes a generator needs to know about a space (the table of METHOD section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest number of nodes of a graph, `N_max`.
    pub max_nodes: usize,
    /// The smallest number of nodes of a graph.
    pub min_nodes: usize,
    /// The number of node labels, `L_n`; 0 where nodes carry none.
    pub node_labels: usize,
    /// The number of edge labels, `L_e`, label 0 ("none", an absent edge) included; 0 where edges carry none.
    pub edge_labels: usize,
    /// The node label that ends a graph, if the space has one.
    pub output_label: Option<u8>,
}

/// A set of architectures, each described by a [`Graph`] and written as one line of text.
pub trait Space: Send + Sync {
    /// The name [`by_name`] knows the space by.
    fn name(&self) -> &'static str;

    /// The sizes of the space's graphs.
    fn limits(&self) -> Limits;

    /// Reads an architecture text.
    ///
    /// # Errors
    /// [`ArchError`] with the position of the first fault; a text that reads well but describes no architecture
    /// of the space is reported at position 0.
    fn encode(&self, arch: &str) -> Result<Graph, ArchError>;

    /// Writes the architecture text of a graph.
    ///
    /// # Errors
    /// [`InvalidGraph`] where [`Space::validate`] fails.
    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph>;

    /// Whether the graph is an architecture of the space.
    ///
    /// # Errors
    /// [`InvalidGraph`] says the first thing that is wrong.
    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph>;

    /// The key under which architectures that the space considers the same count once.
    ///
    /// # Errors
    /// [`InvalidGraph`] where [`Space::validate`] fails.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph>;

    /// The number of distinct architectures.
    fn size(&self) -> f64;

    /// Draws a valid graph from a fixed random distribution (METHOD section 3, step 1).
    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph;
}

/// The names [`by_name`] knows.
pub const NAMES: [&str; 2] = [nasbench101::NAME, nasbench201::NAME];

/// The space of a name out of [`NAMES`].
///
/// # Errors
/// [`UnknownSpace`], which lists the known names.
pub fn by_name(name: &str) -> Result<Arc<dyn Space>, UnknownSpace> {
    match name {
        nasbench101::NAME => Ok(Arc::new(NasBench101)),
        nasbench201::NAME => Ok(Arc::new(NasBench201)),
        _ => Err(UnknownSpace { name: name.to_owned() }),
    }
}
