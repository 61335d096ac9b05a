//! Search spaces: which graphs are architectures, and how they are written (docs/method.md sections 1, 5 and 6).

mod check;
pub mod darts;
pub mod diagram;
pub mod enas;
mod error;
mod explorer;
mod literal;
pub mod nasbench101;
pub mod nasbench201;
mod neighbours;
pub mod randwire;
mod recognise;
mod text;
mod topology;

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;

use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use diagram::Panel;

pub use darts::Darts;
pub use enas::Enas;
pub use error::{ArchError, BuildError, ExplorerError, InvalidGraph, UnknownSpace};
pub use explorer::Explorer;
pub use nasbench101::NasBench101;
pub use nasbench201::NasBench201;
pub use randwire::RandWire;
pub use recognise::{ArchText, Recognition, of_text};

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

    /// What a part is called, where there are several: the first stage is part 0.
    fn part_name(&self, part: usize) -> String {
        format!("stage {}", part + 1)
    }

    /// The operation of a node label.
    fn node_label(&self, _label: u8) -> Option<&'static str> {
        None
    }

    /// The operation of an edge label.
    fn edge_label(&self, _label: u8) -> Option<&'static str> {
        None
    }

    /// Whether a text has the form in which the space writes its architectures.
    fn recognises(&self, text: &ArchText<'_>) -> Recognition;

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

    /// The number of the architecture in the order of its benchmark, where that numbers them.
    fn index(&self, _graph: &Graph) -> Option<usize> {
        None
    }

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

    /// The images and classes that the networks were published for.
    fn published_task(&self) -> Task {
        Task::CIFAR10
    }

    /// The published width and depth of the networks.
    fn published_size(&self) -> Size;

    /// Whether the graph says how deep its network is, whatever [`Size::cells`] is.
    fn depth_is_of_graph(&self) -> bool {
        false
    }

    /// The smallest [`Size::cells`] of a network that contains every part of its architecture.
    fn least_cells(&self) -> usize {
        1
    }

    /// Adds the network of an architecture to a builder, which decides how weights are named. `drop_path` is the probability of
    /// drop path, in 0..1, for spaces that have it.
    ///
    /// # Errors
    /// A graph that is not of the space, a size out of range, or images too small for the network.
    fn network_in(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        drop_path: f32,
    ) -> Result<Network, BuildError>;

    /// The network of an architecture without drop path, trained alone.
    ///
    /// # Errors
    /// As [`Space::network_in`].
    fn network(&self, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
        self.network_in(Builder::new(task.input)?, graph, task, size, 0.0)
    }

    /// Whether networks of the space can share their weights ([`Space::whole`]).
    fn shares_weights(&self) -> bool {
        false
    }

    /// All weights that networks of the space can share, as a network that sums every operation of every node or edge. It is not to be
    /// run.
    ///
    /// # Errors
    /// [`BuildError::SharesNothing`], a size out of range, or images too small.
    fn whole(&self, _task: Task, _size: Size) -> Result<Network, BuildError> {
        Err(BuildError::SharesNothing(self.name()))
    }

    /// The shared model that is trained alternately with a generator, for spaces that have one.
    fn constant_width(&self) -> Option<ConstantWidth> {
        None
    }

    /// The drawing of an architecture: a panel for each part. What the space prunes is left out, inputs and outputs are
    /// added.
    ///
    /// # Errors
    /// A graph that is not of the space.
    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph>;
}

/// A shared model of constant width, whose paths are not the networks that are trained alone.
#[derive(Debug, Clone, Copy)]
pub struct ConstantWidth {
    /// All weights, as a network that is not to be run.
    pub whole: fn(Task, Size) -> Result<Network, BuildError>,
    /// The network of an architecture with these weights.
    pub child: fn(&Graph, Task, Size) -> Result<Network, BuildError>,
}

/// The spaces there are. A new one adds its line here.
const SPACES: [(&str, fn() -> Arc<dyn Space>); 5] = [
    (nasbench101::NAME, || Arc::new(NasBench101)),
    (nasbench201::NAME, || Arc::new(NasBench201)),
    (enas::NAME, || Arc::new(Enas)),
    (darts::NAME, || Arc::new(Darts)),
    (randwire::NAME, || Arc::new(RandWire::default())),
];

/// The names that [`by_name`] knows.
#[must_use]
pub fn names() -> Vec<&'static str> {
    SPACES.iter().map(|(name, _)| *name).collect()
}

/// The names of the spaces whose networks can share their weights.
#[must_use]
pub fn sharing_names() -> Vec<&'static str> {
    SPACES.iter().filter(|(_, space)| space().shares_weights()).map(|(name, _)| *name).collect()
}

/// The space of a name out of [`names`].
///
/// # Errors
/// [`UnknownSpace`], which lists the known names.
pub fn by_name(name: &str) -> Result<Arc<dyn Space>, UnknownSpace> {
    let found = SPACES.iter().find(|(known, _)| *known == name);
    found.map(|(_, space)| space()).ok_or_else(|| UnknownSpace { name: name.to_owned() })
}
