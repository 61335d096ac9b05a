//! DARTS: a normal and a reduction cell with an operation on each edge (docs/method.md section 1).

mod genotype;
mod network;

use rand::{Rng, RngExt};

use super::diagram::{Arrow, Panel, Vertex, VertexKind};
use super::literal::{Fields, Kind as Literal, Value};
use super::neighbours::other_edges;
use super::{
    ArchError, ArchText, BuildError, Explorer, ExplorerError, InvalidGraph, Limits, Recognition, Space, check,
};
use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};

pub use network::{SIZE, network};

/// The name of the space.
pub const NAME: &str = "darts";

/// The number of cells: normal, then reduction.
pub const CELLS: usize = 2;

/// The nodes of a cell: the outputs of the two previous cells, then the nodes whose outputs are concatenated.
pub const CELL_NODES: usize = 6;

/// The input nodes of a cell.
pub const INPUTS: usize = 2;

/// The number of edges into each later node.
pub const IN_DEGREE: usize = 2;

/// The operations, indexed by edge label; `none` (0) is the absence of the edge.
pub const OPERATIONS: [&str; 8] = [
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
];

/// The fields of a genotype that only this space has.
pub(super) const CELL_FIELDS: [&str; 2] = ["normal", "reduce"];

/// The number of cells up to isomorphism, of 180 * 7^8 = 1,037,664,180 numbered ones (counted in `tests/space`).
pub const DISTINCT_CELLS: f64 = 382_128_166.0;

/// The DARTS space: 382,128,166^2 = 1.46e17 pairs of cells.
///
/// An architecture is one graph of twelve nodes, the normal cell's six and then the reduction cell's, without edges
/// between the two: two parts, which a generator draws one by one. (A generator that draws one graph of twelve nodes
/// has to learn that edges between the cells are absent: after a policy update of 70 epochs 0 of 800 graphs were valid,
/// against 1 in 80 when drawn by parts.) Nodes 0 and 1 of a cell are its inputs; each later node has exactly two edges
/// from earlier nodes of its cell, labelled 1 to 7 (`none` cannot be chosen). The numbering of the later nodes affects
/// only the order of channels.
///
/// The text is the usual one, `Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), ...],
/// normal_concat=[2, 3, 4, 5], reduce=[...], reduce_concat=[2, 3, 4, 5])`, two pairs a node from node 2 on. The pairs
/// of a node may be in either order, and a `_concat` may be `range(2, 6)`; the graph preserves neither.
///
/// [`Explorer::Uniform`] is uniform over numbered cells. So is [`Explorer::ErdosRenyi`] for every `p`, because all
/// valid graphs have the same number of edges; the other explorers are rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Darts;

impl Space for Darts {
    fn name(&self) -> &str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: CELL_NODES,
            min_nodes: CELL_NODES,
            node_labels: 0,
            edge_labels: OPERATIONS.len(),
            in_degree: CELL_NODES - 1,
            input_label: None,
            output_label: None,
        }
    }

    fn parts(&self) -> usize {
        CELLS
    }

    fn part_name(&self, part: usize) -> String {
        if part == 0 { "normal cell" } else { "reduction cell" }.to_owned()
    }

    fn edge_label(&self, _: usize, label: u8) -> Option<&str> {
        OPERATIONS.get(usize::from(label)).copied()
    }

    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        let complete = text.calls("Genotype") || text.value.as_ref().is_some_and(has_form);
        Recognition::new(complete, text.is_broken_with(&CELL_FIELDS))
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        genotype::read(arch)
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        Ok(genotype::write(&graph.split(CELLS)))
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        check::node_count(graph, CELLS * CELL_NODES)?;
        check::no_node_labels(graph)?;
        check::no_cross_edges(graph, CELL_NODES)?;
        check::edge_labels(graph, 1..8, "1 to 7 (an edge with operation `none` is left out)")?;
        for node in 0..graph.nodes() {
            let found = graph.predecessors(node).count();
            let expected = if node % CELL_NODES < INPUTS { 0 } else { IN_DEGREE };
            if found != expected {
                return Err(InvalidGraph::InDegree { node, found, expected });
            }
        }
        Ok(())
    }

    /// Returns the text of the isomorphic architecture whose cells have the lexicographically smallest edges over all
    /// numberings of their later nodes.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        let cells: Vec<Graph> = graph.split(CELLS).iter().map(first_numbering).collect();
        Ok(genotype::write(&cells))
    }

    fn size(&self) -> f64 {
        DISTINCT_CELLS.powi(2)
    }

    fn check_explorer(&self, explorer: &Explorer) -> Result<(), ExplorerError> {
        match explorer {
            Explorer::Uniform | Explorer::ErdosRenyi { .. } | Explorer::AnyDensity { .. } => Ok(()),
            _ => Err(ExplorerError::Unfit {
                explorer: *explorer,
                space: NAME.to_owned(),
                reason: "every node of a cell has two predecessors; use uniform".to_owned(),
            }),
        }
    }

    /// In-degrees are fixed, so a single change replaces the operation or the source of an edge.
    fn neighbours(&self, graph: &Graph) -> Vec<Graph> {
        let edges = graph.edges();
        edges
            .flat_map(|(from, to, label)| {
                other_operations(graph, from, to).chain(other_sources(graph, (from, to, label)))
            })
            .collect()
    }

    fn published_size(&self) -> Size {
        SIZE
    }

    /// Networks of fewer cells have no reduction cell.
    fn min_cells(&self) -> usize {
        3
    }

    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        drop_path: f32,
    ) -> Result<Network, BuildError> {
        self.validate(graph)?;
        let cells = graph.split(CELLS);
        network::build_network(builder, [&cells[0], &cells[1]], task, size, drop_path)
    }

    fn shares_weights(&self) -> bool {
        true
    }

    fn shared_network(&self, task: Task, size: Size) -> Result<Network, BuildError> {
        Ok(network::shared_network(task, size)?)
    }

    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        self.validate(graph)?;
        let cells = graph.split(CELLS);
        Ok(cells.iter().enumerate().map(|(part, cell)| panel(self.part_name(part), cell)).collect())
    }

    fn explore(&self, _: &Explorer, rng: &mut dyn Rng) -> Graph {
        let cells: [Graph; CELLS] = std::array::from_fn(|_| draw_cell(rng));
        Graph::disjoint_union(&cells)
    }
}

/// Returns the drawing of a cell, whose output concatenates all nodes but the two inputs.
fn panel(caption: String, cell: &Graph) -> Panel {
    let last = cell.nodes();
    let node = |number| match number {
        0 => Vertex::new("cell k-2", VertexKind::End),
        1 => Vertex::new("cell k-1", VertexKind::End),
        _ if number == last => Vertex::new("cell k", VertexKind::End),
        _ => Vertex::new(format!("node {number}"), VertexKind::Node),
    };
    let operations = cell.edges().map(|edge| Arrow::labelled(edge, &OPERATIONS));
    let arrows = operations.chain((INPUTS..last).map(|node| Arrow::plain(node, last))).collect();
    Panel { caption, nodes: (0..=last).map(node).collect(), arrows }
}

/// Returns whether a value has the form of a genotype: its named fields, or two lists of eight pairs.
fn has_form(value: &Value<'_>) -> bool {
    if let Literal::Fields(Fields { named, .. }) = &value.kind {
        return named.iter().any(|(name, ..)| CELL_FIELDS.contains(name));
    }
    // Accepts incomplete genotypes, so that the parser can report what is missing.
    let pairs = |cell: &Value<'_>| cell.list().is_some_and(|pairs| pairs.len() == 8);
    value.list().is_some_and(|cells| cells.len() == CELLS && cells.iter().all(pairs))
}

fn draw_cell(rng: &mut dyn Rng) -> Graph {
    let mut cell = Graph::empty(CELL_NODES);
    for node in INPUTS..CELL_NODES {
        let first = rng.random_range(0..node);
        let second = (first + rng.random_range(1..node)) % node;
        for from in [first, second] {
            cell.put(from, node, rng.random_range(1..8));
        }
    }
    cell
}

fn other_operations(graph: &Graph, from: usize, to: usize) -> impl Iterator<Item = Graph> {
    other_edges(graph, from, to, OPERATIONS.len()).filter(move |changed| changed.has_edge(from, to))
}

fn other_sources(graph: &Graph, (from, to, label): (usize, usize, u8)) -> impl Iterator<Item = Graph> {
    let earlier = to - to % CELL_NODES..to;
    earlier.filter(move |&source| !graph.has_edge(source, to)).map(move |source| {
        let mut changed = graph.clone();
        changed.remove_edge(from, to);
        changed.put(source, to, label);
        changed
    })
}

/// Returns the cell under the numbering of its later nodes with the lexicographically smallest edges.
fn first_numbering(cell: &Graph) -> Graph {
    let numberings = numberings().filter_map(|numbers| renumbered(cell, &numbers));
    numberings
        .min_by_key(|cell| cell.edges().map(|(from, to, label)| (to, from, label)).collect::<Vec<_>>())
        .unwrap_or_else(|| cell.clone())
}

/// Returns all permutations of the later nodes, with the inputs first.
fn numberings() -> impl Iterator<Item = [usize; CELL_NODES]> {
    let later = || INPUTS..CELL_NODES;
    let quadruples = later()
        .flat_map(move |a| later().flat_map(move |b| later().flat_map(move |c| later().map(move |d| [a, b, c, d]))));
    quadruples
        .filter(|[a, b, c, d]| a != b && a != c && a != d && b != c && b != d && c != d)
        .map(|[a, b, c, d]| [0, 1, a, b, c, d])
}

/// Returns the cell with node `i` renumbered to `numbers[i]`; `None` if an edge would lead backwards.
fn renumbered(cell: &Graph, numbers: &[usize; CELL_NODES]) -> Option<Graph> {
    let mut renumbered = Graph::empty(CELL_NODES);
    for (from, to, label) in cell.edges() {
        renumbered.set_edge(numbers[from], numbers[to], label).ok()?;
    }
    Some(renumbered)
}
