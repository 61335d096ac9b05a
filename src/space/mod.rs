//! Search spaces: the valid graphs, their text forms and their networks (docs/method.md sections 1, 5 and 6).

mod built_in;
pub mod diagram;
mod error;
mod explorer;
mod file;
mod literal;
pub mod nasbench101;
pub mod nasbench201;
mod neighbours;
mod recognise;
mod text;
mod topology;

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;
use serde::Serialize;

use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use diagram::Panel;

pub use built_in::{name_of, names, open, open_file, weight_sharing_spaces};
pub use error::{ArchError, BuildError, ExplorerError, InvalidGraph, SpaceError};
pub use explorer::Explorer;
pub use file::{Fault, FileSpace};
pub use recognise::{ArchText, Recognition, infer_space};

/// The sizes of a space that a generator depends on (the table of docs/method.md section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest number of nodes of a graph, `N_max`.
    pub max_nodes: usize,
    /// The smallest number of nodes of a graph.
    pub min_nodes: usize,
    /// The number of node labels, `L_n`; 0 if nodes have no labels.
    pub node_labels: usize,
    /// The number of edge labels, `L_e`, including label 0 ("none", an absent edge); 0 if edges have no labels.
    pub edge_labels: usize,
    /// The largest in-degree of a node other than the last one; generators reserve memory for it.
    pub in_degree: usize,
    /// The node label of the first node, if it is fixed; generators set it instead of drawing it.
    pub input_label: Option<u8>,
    /// The node label that ends a graph, if the space has one.
    pub output_label: Option<u8>,
}

/// A part of a space's architectures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartDescription {
    /// Its name.
    pub name: String,
    /// The smallest number of nodes, with inputs and output.
    pub min_nodes: usize,
    /// The largest number of nodes.
    pub max_nodes: usize,
    /// The operations of its nodes or edges, or the searched values with their options.
    pub operations: Vec<String>,
}

/// What the next node of a graph may be, after the nodes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMask {
    /// The allowed node labels; empty if nodes have no labels.
    pub labels: Vec<u8>,
    /// For every earlier node, the allowed states of its edge to the new node: absent, or a label.
    pub edges: Vec<Vec<Option<u8>>>,
    /// The smallest and the largest number of edges into the node.
    pub degree: [usize; 2],
}

/// A set of architectures, each represented by a [`Graph`] and by one line of text.
///
/// ```
/// use graphpnas::network::Task;
///
/// let space = graphpnas::space::open("nasbench201")?;
/// let cell = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|";
/// let graph = space.encode(cell)?;
/// let network = space.network(&graph, Task::CIFAR10, space.published_size())?;
/// assert_eq!(network.cost().parameters, 73_306 + 2 * 243_040);
/// assert_eq!(space.decode(&graph)?, cell);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Space: Send + Sync {
    /// Returns the name of the space, as accepted by [`open()`].
    fn name(&self) -> &str;

    /// Returns the text with which [`open()`] creates the space again: its name, or the definition of a space from a
    /// file.
    fn reference(&self) -> &str {
        self.name()
    }

    /// Returns the digest of the definition of a space from a file.
    fn digest(&self) -> Option<String> {
        None
    }

    /// Returns the definition of a space from a file.
    fn definition(&self) -> Option<&str> {
        None
    }

    /// Returns the sizes of the space's graphs or, if these have several parts, of one part.
    fn limits(&self) -> Limits;

    /// Returns the number of disconnected parts of an architecture's graph ([`Graph::split`]): 1, or the number of
    /// cells or stages. A generator draws the parts one by one.
    fn parts(&self) -> usize {
        1
    }

    /// Returns the sizes of a part, counted from 0.
    fn part_limits(&self, _part: usize) -> Limits {
        self.limits()
    }

    /// Returns the numbers of nodes and the operations of a part, for descriptions.
    fn describe_part(&self, part: usize) -> PartDescription {
        let limits = self.part_limits(part);
        let named = |labels: usize, name: &dyn Fn(u8) -> Option<String>| -> Vec<String> {
            (0..=u8::MAX).take(labels).filter_map(name).collect()
        };
        let mut operations = named(limits.node_labels, &|label| self.node_label(part, label).map(str::to_owned));
        operations.extend(named(limits.edge_labels, &|label| self.edge_label(part, label).map(str::to_owned)));
        let name = if self.parts() == 1 { "graph".to_owned() } else { self.part_name(part) };
        PartDescription { name, min_nodes: limits.min_nodes, max_nodes: limits.max_nodes, operations }
    }

    /// Returns whether all parts have the same graphs, so that one distribution can generate all of them.
    fn parts_are_alike(&self) -> bool {
        true
    }

    /// Returns the largest number of nodes of an architecture's graph.
    fn max_nodes(&self) -> usize {
        (0..self.parts()).map(|part| self.part_limits(part).max_nodes).sum()
    }

    /// Splits the graph of an architecture into its parts.
    fn split(&self, graph: &Graph) -> Vec<Graph> {
        graph.split(self.parts())
    }

    /// Returns what the next node after the first nodes of a part may be; `None` if nothing is excluded. Generators
    /// draw only what the mask allows.
    fn row_mask(&self, _part: usize, _prefix: &Graph) -> Option<RowMask> {
        None
    }

    /// Returns the name of a part, counted from 0, in a space of several parts.
    fn part_name(&self, part: usize) -> String {
        format!("stage {}", part + 1)
    }

    /// Returns whether the edges of a part are chosen; otherwise its graphs have none.
    fn has_edges(&self, _part: usize) -> bool {
        true
    }

    /// Returns the name of a node of a part, counted from 0.
    fn node_name(&self, _part: usize, node: usize) -> String {
        node.to_string()
    }

    /// Returns the operation of a node label of a part.
    fn node_label(&self, _part: usize, _label: u8) -> Option<&str> {
        None
    }

    /// Returns the operation of an edge label of a part.
    fn edge_label(&self, _part: usize, _label: u8) -> Option<&str> {
        None
    }

    /// Returns whether a text has one of the forms of the space's architectures.
    fn recognises(&self, text: &ArchText<'_>) -> Recognition;

    /// Parses an architecture text: the space's own form, or one of the other forms that its type documents. Ignores
    /// surrounding white space, line breaks, comments (`#`), an assigned name (`NAME = `), quotes, and a trailing `;`
    /// or `,`.
    ///
    /// # Errors
    /// [`ArchError`] with the position of the first error; position 0 if the syntax is correct but the graph is not an
    /// architecture of the space.
    fn encode(&self, arch: &str) -> Result<Graph, ArchError>;

    /// Returns the architecture text of a graph.
    ///
    /// # Errors
    /// [`InvalidGraph`] where [`Space::validate`] fails.
    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph>;

    /// Checks that the graph is an architecture of the space.
    ///
    /// # Errors
    /// [`InvalidGraph`] describes the first violated rule.
    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph>;

    /// Returns a key that is equal for architectures that the space considers the same.
    ///
    /// # Errors
    /// [`InvalidGraph`] where [`Space::validate`] fails.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph>;

    /// Returns the index of the architecture in its benchmark, if the benchmark numbers architectures.
    fn index(&self, _graph: &Graph) -> Option<usize> {
        None
    }

    /// Returns the number of distinct architectures; infinity if it exceeds the largest `f64`.
    fn size(&self) -> f64;

    /// Returns the base-2 logarithm of [`Space::size`].
    fn log2_size(&self) -> f64 {
        self.size().log2()
    }

    /// Returns whether [`Space::size`] is an upper bound because equal architectures are not counted exactly.
    fn size_is_bound(&self) -> bool {
        false
    }

    /// Checks that the explorer can be used in this space.
    ///
    /// # Errors
    /// [`ExplorerError::Unfit`] with the reason.
    fn check_explorer(&self, explorer: &Explorer) -> Result<(), ExplorerError> {
        let unfit = |reason| ExplorerError::Unfit { explorer: *explorer, space: self.name().to_owned(), reason };
        explorer.fits(self.limits()).map_err(unfit)
    }

    /// Draws a valid graph from a fixed random distribution (docs/method.md section 3, step 1). A distribution that
    /// [`Space::check_explorer`] rejects is replaced by the closest one that the space supports.
    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph;

    /// Returns the valid graphs that differ from a valid one in one node label or in one edge that is added, removed or
    /// relabelled. The space may consider some of them the same architecture as the graph.
    fn neighbours(&self, graph: &Graph) -> Vec<Graph> {
        let mut changed = neighbours::single_changes(graph, self.limits(), self.parts());
        changed.retain(|graph| self.validate(graph).is_ok());
        changed
    }

    /// Returns the number of neighbours.
    fn neighbour_count(&self, graph: &Graph) -> usize {
        self.neighbours(graph).len()
    }

    /// Returns the neighbours at these places of [`Space::neighbours`], for spaces in which all of them take much memory.
    fn neighbours_at(&self, graph: &Graph, places: &[usize]) -> Vec<Graph> {
        let all = self.neighbours(graph);
        places.iter().filter_map(|place| all.get(*place).cloned()).collect()
    }

    /// Returns a uniformly drawn neighbour, or the graph itself if it has none.
    fn mutate(&self, graph: &Graph, rng: &mut dyn Rng) -> Graph {
        self.neighbours(graph).choose(rng).unwrap_or(graph).clone()
    }

    /// Returns the task that the networks were published for.
    fn published_task(&self) -> Task {
        Task::CIFAR10
    }

    /// Returns the published width and depth of the networks.
    fn published_size(&self) -> Size;

    /// Returns the width and depth of the networks that a search trains, unless they are configured. `None` for the
    /// default of the configuration, because the published networks would take too long.
    fn searched_size(&self) -> Option<Size> {
        None
    }

    /// Returns whether the graph determines the depth of its network, so that [`Size::cells`] is ignored.
    fn graph_determines_depth(&self) -> bool {
        false
    }

    /// Returns the smallest [`Size::cells`] with which the network contains every part of its architecture.
    fn min_cells(&self) -> usize {
        1
    }

    /// Builds the network of an architecture in a builder, which decides how weights are named. `drop_path` is the
    /// probability of drop path, in 0..1; spaces without drop path ignore it.
    ///
    /// # Errors
    /// An invalid graph, a size out of range, or images that are too small for the network.
    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        drop_path: f32,
    ) -> Result<Network, BuildError>;

    /// Builds the network of an architecture with weights of its own and without drop path.
    ///
    /// # Errors
    /// As [`Space::build_network`].
    fn network(&self, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
        self.build_network(Builder::new(task.input)?, graph, task, size, 0.0)
    }

    /// Returns whether networks of the space can share their weights ([`Space::shared_network`]).
    fn shares_weights(&self) -> bool {
        false
    }

    /// Builds a network that contains all weights that networks of the space can share: it sums every operation of
    /// every node or edge. It is not meant to be run.
    ///
    /// # Errors
    /// [`BuildError::NoSharedWeights`], a size out of range, or images that are too small.
    fn shared_network(&self, _task: Task, _size: Size) -> Result<Network, BuildError> {
        Err(BuildError::NoSharedWeights(self.name().to_owned()))
    }

    /// Returns the space of the networks with which shared weights are trained alternately with a generator, if there is
    /// one. Its graphs are those of this space, its networks differ: those of ENAS have constant width.
    fn alternating(&self) -> Option<Arc<dyn Space>> {
        None
    }

    /// Returns the drawing of an architecture: one panel per part. Pruned nodes are left out; inputs and outputs are
    /// added.
    ///
    /// # Errors
    /// An invalid graph.
    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph>;
}
