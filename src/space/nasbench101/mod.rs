//! NAS-Bench-101: cells of up to seven vertices with an operation on each inner vertex (docs/method.md sections 1, 5,
//! 6).

mod cell_hash;
mod cell_text;
mod draw;
mod enumerate;
mod model_spec;
mod network;
mod numbering;
mod of_hash;
mod prune;
mod strict;

use rand::Rng;

use super::diagram::{Arrow, Panel, Vertex, VertexKind};
use super::file::dialect::GENOTYPE_FIELDS;
use super::literal::{Fields, Kind, Value};
use super::text::{Cursor, is_digit};
use super::{ArchError, ArchText, BuildError, Explorer, InvalidGraph, Limits, Recognition, Space, check};
use crate::graph::{Graph, hash};
use crate::network::{Builder, Network, Size, Task};

pub use cell_hash::cell_hash;
pub use enumerate::enumerate;
pub use network::{SIZE, network, vertex_channels};
pub use numbering::published_numbering;
pub use of_hash::find_cell_by_hash;
pub use prune::prune;
pub use strict::Strict;

/// The name of the space.
pub const NAME: &str = "nasbench101";
/// The largest number of vertices, input and output included.
pub const MAX_VERTICES: usize = 7;
/// The smallest number of vertices: the input and the output.
pub const MIN_VERTICES: usize = 2;
/// The largest number of edges of a pruned cell.
pub const MAX_EDGES: usize = 9;
/// The number of distinct cells.
pub const CELLS: usize = 423_624;
/// The node label of the input vertex.
pub const INPUT: u8 = 0;
/// The node label of the output vertex, which ends a graph.
pub const OUTPUT: u8 = 4;
/// The operations; the node label of each is its index plus 1.
pub const OPERATIONS: [&str; 3] = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"];

/// The NAS-Bench-101 space. Its text form is `0-1 0-2 1-2;conv3x3-bn-relu`: the edges, then the inner operations.
///
/// Three more forms can be parsed: matrix and operations, as `ModelSpec(matrix=..., ops=...)`, as JSON or as a Python
/// dictionary with the benchmark's or NASLib's names (`module_adjacency`, `module_operations`); NASLib's tuple, the
/// matrix row by row and then the operations as numbers, 0 for `input`, 1 `output`, 2 `maxpool3x3`, 3 `conv1x1-bn-relu`
/// and 4 `conv3x3-bn-relu`; and the benchmark's hash of a cell, which is searched for among all cells. Cells of more
/// than seven vertices are pruned when parsed.
///
/// A graph is valid if [`prune`] turns it into a cell of the benchmark; vertices on no path from input to output are
/// allowed. All explorers draw graphs of seven vertices with uniform operations and repeat until one is valid; the
/// graph is returned as drawn, not pruned. [`Explorer::Uniform`] has each edge with probability 1/2, as the benchmark's
/// random search does. It replaces an explorer that finds no valid graph in 100,000 draws (Erdos-Renyi has none with p
/// = 0 and p = 1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NasBench101;

impl Space for NasBench101 {
    fn name(&self) -> &str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: MAX_VERTICES,
            min_nodes: MIN_VERTICES,
            node_labels: OPERATIONS.len() + 2,
            edge_labels: 0,
            in_degree: MAX_VERTICES - 1,
            input_label: Some(INPUT),
            output_label: Some(OUTPUT),
        }
    }

    fn node_label(&self, _: usize, label: u8) -> Option<&str> {
        match label {
            INPUT => Some("input"),
            OUTPUT => Some("output"),
            _ => OPERATIONS.get(usize::from(label) - 1).copied(),
        }
    }

    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        // A list of six numbers belongs to NAS-Bench-201, unless it is the cell of two vertices.
        let is_cell = |value: &Value<'_>| has_form(value) && (!is_of_two_vertices(value) || is_smallest(value));
        let edges = !text.is_bracketed() && text.has_number_before('-');
        let complete = is_hash(text.word) || text.calls("ModelSpec") || edges;
        let names = ["matrix", "adjacency", "module_operations", "bn-relu"];
        let damaged = text.is_broken_with(&names) && !text.is_broken_with(&GENOTYPE_FIELDS)
            || !text.is_bracketed() && text.rest().contains(';');
        Recognition::new(complete || text.value.as_ref().is_some_and(is_cell), damaged)
    }

    /// Parses `edges;operations` or one of the other forms. The graph has all vertices of the text, including those
    /// that pruning would remove, unless there are more than seven.
    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let graph = read(arch)?;
        match checked_prune(&graph) {
            Ok(_) => Ok(graph),
            Err(reason) => Err(ArchError::at(arch, 0, "a NAS-Bench-101 cell".to_owned(), reason.to_string())),
        }
    }

    /// Returns the text of the pruned cell, the edges ordered by `(to, from)`.
    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        Ok(cell_text::write(&checked_prune(graph)?))
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        checked_prune(graph).map(|_| ())
    }

    /// Returns the benchmark's hash of the pruned cell, 32 hexadecimal digits.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        Ok(hash::hex(&cell_hash(&checked_prune(graph)?)))
    }

    fn size(&self) -> f64 {
        423_624.0
    }

    fn published_size(&self) -> Size {
        SIZE
    }

    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        _: f32,
    ) -> Result<Network, BuildError> {
        network::build_network(builder, graph, task, size)
    }

    fn shares_weights(&self) -> bool {
        true
    }

    fn shared_network(&self, task: Task, size: Size) -> Result<Network, BuildError> {
        Ok(network::shared_network(task, size)?)
    }

    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        let cell = checked_prune(graph)?;
        let vertex = |label: &u8| match (*label, self.node_label(0, *label)) {
            (INPUT | OUTPUT, Some(name)) => Vertex::new(name, VertexKind::End),
            (_, name) => Vertex::operation(name),
        };
        let nodes = cell.node_labels().iter().map(vertex).collect();
        let arrows = cell.edges().map(|(from, to, _)| Arrow::plain(from, to)).collect();
        Ok(vec![Panel { caption: "cell".to_owned(), nodes, arrows }])
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        draw::valid(explorer, rng, |graph| self.validate(graph).is_ok())
    }
}

/// Parses a text; its first characters determine the form.
fn read(arch: &str) -> Result<Graph, ArchError> {
    let mut cursor = Cursor::open(arch)?;
    let start = cursor.position();
    let word = cursor.clone().run(|c| c.is_ascii_alphanumeric());
    if let Some(hash) = of_hash::parse_hash(word) {
        cursor.run(|c| c.is_ascii_alphanumeric());
        cursor.close()?;
        return find_cell_by_hash(&hash)
            .ok_or_else(|| cursor.expected_at(start, "the hash of one of the 423,624 cells"));
    }
    match cursor.peek() {
        Some(c) if is_digit(c) => cell_text::read(&mut cursor),
        Some('[' | '(' | '{') => model_spec::read(&mut cursor),
        Some(c) if c.is_ascii_alphabetic() => model_spec::read(&mut cursor),
        _ => Err(cursor.expected_here("edges such as `0-1 1-2`, a matrix and operations, or a cell's hash")),
    }
}

/// Returns whether a value has the form of a cell: a matrix and operations, or NASLib's tuple. A list of six numbers is
/// ambiguous: it may also be six operations of NAS-Bench-201.
pub(super) fn has_form(value: &Value<'_>) -> bool {
    match &value.kind {
        Kind::Fields(Fields { name: "ModelSpec", .. }) => true,
        Kind::Fields(fields) => fields.get(&model_spec::MATRIX).is_some() || fields.get(&model_spec::LABELS).is_some(),
        Kind::List(values) => match values.as_slice() {
            [matrix, operations] => {
                matrix.list().is_some()
                    && operations.list().is_some_and(|list| list.iter().all(|name| name.word().is_some()))
            }
            numbers => {
                let sizes = (MIN_VERTICES..=MAX_VERTICES).map(|vertices| vertices * (vertices + 1));
                numbers.iter().all(Value::is_number) && sizes.into_iter().any(|size| size == numbers.len())
            }
        },
        _ => false,
    }
}

/// Returns whether a value is NASLib's tuple of the two-vertex cell, whose six numbers are also a cell of
/// NAS-Bench-201.
pub(super) fn is_smallest(value: &Value<'_>) -> bool {
    let numbers = value.list().map(|values| values.iter().map(Value::integer).collect::<Vec<_>>());
    numbers.is_some_and(|numbers| numbers == [0, 1, 0, 0, 0, 1].map(Some))
}

/// Returns whether a value has as many numbers as a cell of two vertices.
fn is_of_two_vertices(value: &Value<'_>) -> bool {
    value.list().is_some_and(|values| values.len() == MIN_VERTICES * (MIN_VERTICES + 1))
}

/// Returns whether a text has the form of a cell's hash.
pub(super) fn is_hash(text: &str) -> bool {
    of_hash::parse_hash(text).is_some()
}

/// Returns the pruned cell of a valid graph, or the first rule that the graph violates.
fn checked_prune(graph: &Graph) -> Result<Graph, InvalidGraph> {
    let found = graph.nodes();
    if !(MIN_VERTICES..=MAX_VERTICES).contains(&found) {
        let (min, max) = (MIN_VERTICES, MAX_VERTICES);
        return Err(InvalidGraph::NodeCount { found, min, max });
    }
    check_labels(graph)?;
    let pruned = prune(graph).ok_or(InvalidGraph::Disconnected)?;
    let (found, max) = (pruned.edge_count(), MAX_EDGES);
    if found > max {
        return Err(InvalidGraph::TooManyEdges { found, max });
    }
    Ok(pruned)
}

fn check_labels(graph: &Graph) -> Result<(), InvalidGraph> {
    let last = graph.nodes().saturating_sub(1);
    for (node, &label) in graph.node_labels().iter().enumerate() {
        let (fits, expected) = match node {
            0 => (label == INPUT, "0, the input"),
            _ if node == last => (label == OUTPUT, "4, the output"),
            _ => (INPUT < label && label < OUTPUT, "1 to 3, an operation"),
        };
        if !fits {
            return Err(InvalidGraph::NodeLabel { node, label, expected });
        }
    }
    check::no_edge_labels(graph)
}
