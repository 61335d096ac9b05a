//! NAS-Bench-201: cells of four nodes with an operation on each of the six edges (docs/method.md sections 1 and 5).

mod network;
mod order;

use rand::{Rng, RngExt};

use super::darts;
use super::diagram::{self, Panel};
use super::literal::{Kind, Value};
use super::text::{Cursor, is_name, one_of};
use super::topology::Topology;
use super::{ArchError, ArchText, BuildError, Explorer, InvalidGraph, Limits, Recognition, Space, check};
use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};

pub use network::{SIZE, network};
pub use order::index_of;

/// The name of the space.
pub const NAME: &str = "nasbench201";

/// The number of nodes of every cell.
pub const NODES: usize = 4;

/// The operations, indexed by edge label; `none` (0) is the absence of the edge.
pub const OPERATIONS: [&str; 5] = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];

/// The indices into [`OPERATIONS`] of NASLib's operation numbers: `skip_connect`, `none`, `nor_conv_3x3`,
/// `nor_conv_1x1`, `avg_pool_3x3` (`naslib/search_spaces/nasbench201/conversions.py`).
const NASLIB: [usize; 5] = [1, 0, 3, 2, 4];

/// The NAS-Bench-201 space. Its text form is `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`, one group per node from node 1 on.
///
/// Four more forms can be parsed: `nasbench201:INDEX`, the cell's index from 0 to 15624 in the benchmark's order, which
/// is also the `index` of its tables and the number of NATS-Bench's files; `Structure(4 nodes with |...|+...)` and the
/// list of nodes `[(('none', 0),), (('none', 0), ...), ...]`, as printed by the benchmark's program; and NASLib's six
/// numbers `(1, 0, 4, 3, 2, 2)`, the operations of the edges 0-1, 0-2, 0-3, 1-2, 1-3 and 2-3: 0 for `skip_connect`, 1
/// `none`, 2 `nor_conv_3x3`, 3 `nor_conv_1x1`, 4 `avg_pool_3x3`.
///
/// All 15,625 assignments of the five operations to the six edges are valid, including those without a path from input
/// to output. [`Explorer::Uniform`] is uniform over them; the others draw the present edges, with uniform operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NasBench201;

/// Returns the six pairs of nodes, ordered by `(to, from)` as in the text.
fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (1..NODES).flat_map(|to| (0..to).map(move |from| (from, to)))
}

/// Adds an edge with the operation of this index in [`OPERATIONS`]; `none` adds no edge.
fn put_operation(graph: &mut Graph, from: usize, to: usize, operation: usize) {
    if let Some(label) = u8::try_from(operation).ok().filter(|&label| label > 0) {
        graph.put(from, to, label);
    }
}

/// Steps over `Structure(4 nodes with`, which the benchmark's program prints before a text; returns whether it was
/// there.
pub(super) fn skip_frame(cursor: &mut Cursor<'_>) -> bool {
    let mut after = cursor.clone();
    let named = after.run(is_name).ends_with("Structure");
    let framed = named && after.skip("(") && after.skip("4") && after.skip("nodes") && after.skip("with");
    if framed {
        *cursor = after;
    }
    framed
}

/// Returns whether a text is `nasbench201:` and a number.
pub(super) fn is_index(cursor: &Cursor<'_>) -> bool {
    cursor.name() == NAME && cursor.peek().is_some_and(|next| next.is_ascii_digit() || next == '-')
}

/// Parses NASLib's numbers, or the operations of each node with their sources.
fn read_value(cursor: &Cursor<'_>, value: &Value<'_>) -> Result<Graph, ArchError> {
    let Kind::List(values) = &value.kind else { return Err(cursor.expected_at(value.at, "a list")) };
    let mut graph = Graph::empty(NODES);
    if values.iter().any(Value::is_number) {
        if values.len() != pairs().count() {
            return Err(cursor.wrong_count(
                value.at,
                "six numbers, the operations of the edges".to_owned(),
                values.len(),
            ));
        }
        let edges = (0..NODES).flat_map(|from| (from + 1..NODES).map(move |to| (from, to)));
        for ((from, to), value) in edges.zip(values) {
            let index = value.integer().and_then(|number| NASLIB.get(number));
            put_operation(
                &mut graph,
                from,
                to,
                *index.ok_or_else(|| cursor.expected_at(value.at, "a number below 5"))?,
            );
        }
        return Ok(graph);
    }
    if values.len() != NODES - 1 {
        return Err(cursor.wrong_count(value.at, "the operations of three nodes".to_owned(), values.len()));
    }
    for (node, to) in values.iter().zip(1..) {
        let sources =
            node.list().ok_or_else(|| cursor.expected_at(node.at, "a list of pairs `('operation', node)`"))?;
        if sources.len() != to {
            return Err(cursor.wrong_count(node.at, format!("{to} pairs `('operation', node)`"), sources.len()));
        }
        for (source, from) in sources.iter().zip(0..) {
            let Some([operation, number]) = source.list() else {
                return Err(cursor.expected_at(source.at, "a pair `('operation', node)`"));
            };
            let index = operation.word().and_then(|word| OPERATIONS.iter().position(|known| *known == word));
            let index = index.ok_or_else(|| cursor.expected_at(operation.at, &one_of(&OPERATIONS)))?;
            if number.integer() != Some(from) {
                return Err(cursor.expected_at(number.at, &format!("`{from}`")));
            }
            put_operation(&mut graph, from, to, index);
        }
    }
    Ok(graph)
}

/// Returns whether a value has the form of a cell: six numbers, or three nodes.
pub(super) fn has_form(value: &Value<'_>) -> bool {
    let Some(values) = value.list() else { return false };
    let numbers = values.len() == pairs().count() && values.iter().all(Value::is_number);
    let pairs = |node: &Value<'_>| {
        node.list().is_some_and(|pairs| pairs.iter().all(|pair| pair.list().is_some_and(|pair| pair.len() == 2)))
    };
    numbers || values.len() == NODES - 1 && values.iter().all(pairs)
}

fn draw(explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
    let mut graph = Graph::empty(NODES);
    let topology = Topology::new(explorer, NODES, rng);
    for (from, to) in pairs() {
        let operation = match *explorer {
            Explorer::Uniform => rng.random_range(0..OPERATIONS.len()),
            _ if topology.has_edge(from, to, rng) => rng.random_range(1..OPERATIONS.len()),
            _ => 0,
        };
        put_operation(&mut graph, from, to, operation);
    }
    graph
}

impl Space for NasBench201 {
    fn name(&self) -> &str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: NODES,
            min_nodes: NODES,
            node_labels: 0,
            edge_labels: OPERATIONS.len(),
            in_degree: NODES - 1,
            input_label: None,
            output_label: None,
        }
    }

    fn edge_label(&self, _: usize, label: u8) -> Option<&str> {
        OPERATIONS.get(usize::from(label)).copied()
    }

    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        let printed = text.cursor.peek() == Some('|') || skip_frame(&mut text.cursor.clone());
        let complete = printed || text.value.as_ref().is_some_and(has_form);
        let named = text.is_broken_with(&["nor_conv", "avg_pool_3x3", "skip_connect"]);
        Recognition::new(complete, named && !text.is_broken_with(&darts::CELL_FIELDS))
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let mut cursor = Cursor::open(arch)?;
        if matches!(cursor.peek(), Some('[' | '(')) {
            let value = cursor.value()?;
            cursor.close()?;
            return read_value(&cursor, &value);
        }
        if is_index(&cursor) {
            let index = cursor.number(order::CELLS)?;
            cursor.close()?;
            return Ok(order::cell(index).unwrap_or_else(|| Graph::empty(NODES)));
        }
        let framed = skip_frame(&mut cursor);
        let mut graph = Graph::empty(NODES);
        for (from, to) in pairs() {
            if from == 0 {
                if to > 1 {
                    cursor.expect("+")?;
                }
                cursor.expect("|")?;
            }
            let operation = cursor.word(&OPERATIONS)?;
            cursor.expect("~")?;
            cursor.expect(&from.to_string())?;
            cursor.expect("|")?;
            put_operation(&mut graph, from, to, operation);
        }
        if framed {
            cursor.expect(")")?;
        }
        cursor.close()?;
        Ok(graph)
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        let mut text = String::new();
        for (from, to) in pairs() {
            if from == 0 {
                text.push_str(if to == 1 { "|" } else { "+|" });
            }
            let label = graph.edge_label(from, to).unwrap_or(0);
            let operation = OPERATIONS.get(usize::from(label)).unwrap_or(&OPERATIONS[0]);
            text.push_str(&format!("{operation}~{from}|"));
        }
        Ok(text)
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        check::node_count(graph, NODES)?;
        check::no_node_labels(graph)?;
        check::edge_labels(graph, 1..5, "1 to 4 (an edge with operation `none` is left out)")
    }

    /// Returns the architecture text: the benchmark trained each of its 15,625 entries separately, so isomorphic cells
    /// have different rewards, and the search budget counts distinct graphs (docs/method.md section 3).
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.decode(graph)
    }

    fn size(&self) -> f64 {
        15_625.0
    }

    fn index(&self, graph: &Graph) -> Option<usize> {
        index_of(graph)
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
        self.validate(graph)?;
        Ok(vec![diagram::operations_on_edges("cell", graph, &OPERATIONS)])
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        draw(explorer, rng)
    }
}
