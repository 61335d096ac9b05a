//! Search spaces: which graphs are architectures, and how they are written (docs/method.md sections 1, 5 and 6).

mod check;
pub mod darts;
pub mod enas;
mod error;
mod explorer;
mod literal;
pub mod nasbench101;
pub mod nasbench201;
mod neighbours;
mod of_text;
pub mod randwire;
mod text;
mod topology;

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;

use crate::graph::Graph;

pub use darts::Darts;
pub use enas::Enas;
pub use error::{ArchError, ExplorerError, InvalidGraph, UnknownSpace};
pub use explorer::Explorer;
pub use nasbench101::NasBench101;
pub use nasbench201::NasBench201;
pub use of_text::of_text;
pub use randwire::RandWire;

/// The sizes a generator needs to know about a space (the table of docs/method.md section 1).
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
    /// The node label of the first node, where it is always the same: not drawn, but set.
    pub input_label: Option<u8>,
    /// The node label that ends a graph, if the space has one.
    pub output_label: Option<u8>,
}

/// A set of architectures, each described by a [`Graph`] and written as one line of text.
pub trait Space: Send + Sync {
    /// The name [`by_name`] knows the space by.
    fn name(&self) -> &'static str;

    /// The sizes of the space's graphs or, where these have several parts, of a part.
    fn limits(&self) -> Limits;

    /// The graphs that stand side by side in an architecture's graph ([`Graph::split`]): 1, or the stages of a network.
    /// A generator draws them one by one, all from one distribution.
    fn parts(&self) -> usize {
        1
    }

    /// Reads an architecture text: the space's own, or one of the other forms that it lists. What surrounds it in source
    /// code and logs is read over: white space, line breaks, comments from `#` on, a name it is assigned to (`NAME = `),
    /// quotes, and `;` or `,` behind it.
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

    /// The number of distinct architectures; infinite where it exceeds the largest `f64`.
    fn size(&self) -> f64;

    /// Whether the explorer draws what it promises in this space.
    ///
    /// # Errors
    /// [`ExplorerError::Unfit`] says why it does not.
    fn admits(&self, explorer: &Explorer) -> Result<(), ExplorerError> {
        let unfit = |reason| ExplorerError::Unfit { explorer: *explorer, space: self.name(), reason };
        explorer.fits(self.limits()).map_err(unfit)
    }

    /// Draws a valid graph from a fixed random distribution (docs/method.md section 3, step 1). One that the space does not
    /// admit is replaced by the nearest it has.
    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph;

    /// The valid graphs that differ from a valid one in one thing: the label of a node, or one edge added, removed or
    /// labelled anew. A space may count the graph and some of these as the same architecture.
    fn neighbours(&self, graph: &Graph) -> Vec<Graph> {
        let mut changed = neighbours::single_changes(graph, self.limits(), self.parts());
        changed.retain(|graph| self.validate(graph).is_ok());
        changed
    }

    /// One of the neighbours, all equally likely; the graph itself where it has none.
    fn mutate(&self, graph: &Graph, rng: &mut dyn Rng) -> Graph {
        self.neighbours(graph).choose(rng).unwrap_or(graph).clone()
    }
}

/// The names [`by_name`] knows.
pub const NAMES: [&str; 5] = [nasbench101::NAME, nasbench201::NAME, enas::NAME, darts::NAME, randwire::NAME];

/// The space of a name out of [`NAMES`].
///
/// # Errors
/// [`UnknownSpace`], which lists the known names.
pub fn by_name(name: &str) -> Result<Arc<dyn Space>, UnknownSpace> {
    match name {
        nasbench101::NAME => Ok(Arc::new(NasBench101)),
        nasbench201::NAME => Ok(Arc::new(NasBench201)),
        enas::NAME => Ok(Arc::new(Enas)),
        darts::NAME => Ok(Arc::new(Darts)),
        randwire::NAME => Ok(Arc::new(RandWire::default())),
        _ => Err(UnknownSpace { name: name.to_owned() }),
    }
}
