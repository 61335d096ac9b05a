//! NAS-Bench-201: cells of four nodes with an operation on each of the six edges (METHOD sections 1 and 5).

use rand::{Rng, RngExt};

use super::text::Cursor;
use super::topology::Topology;
use super::{ArchError, Explorer, InvalidGraph, Limits, Space, check};
use crate::graph::Graph;

/// The name of the space.
pub const NAME: &str = "nasbench201";

/// The number of nodes of every cell.
pub const NODES: usize = 4;

/// The operations; the place of one is its edge label, and `none` (0) is the absence of the edge.
pub const OPERATIONS: [&str; 5] = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];

/// The NAS-Bench-201 space. Its text is `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`, one group a node from node 1 on.
///
/// All 15,625 assignments of the five operations to the six edges are valid, also those that connect nothing.
/// [`Explorer::Uniform`] is uniform over them; the others draw the edges that are present, with uniform operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NasBench201;

/// The six pairs of nodes, ordered by `(to, from)` as in the text.
fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (1..NODES).flat_map(|to| (0..to).map(move |from| (from, to)))
}

/// The label of an operation's place in [`OPERATIONS`]; there are only five.
fn put_operation(graph: &mut Graph, from: usize, to: usize, place: usize) {
    if let Some(label) = u8::try_from(place).ok().filter(|&label| label > 0) {
        graph.put(from, to, label);
    }
}

fn draw(explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
    let mut graph = Graph::empty(NODES);
    let topology = Topology::new(explorer, NODES, rng);
    for (from, to) in pairs() {
        let place = match *explorer {
            Explorer::Uniform => rng.random_range(0..OPERATIONS.len()),
            _ if topology.has_edge(from, to, rng) => rng.random_range(1..OPERATIONS.len()),
            _ => 0,
        };
        put_operation(&mut graph, from, to, place);
    }
    graph
}

impl Space for NasBench201 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: NODES,
            min_nodes: NODES,
            node_labels: 0,
            edge_labels: OPERATIONS.len(),
            input_label: None,
            output_label: None,
        }
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let mut graph = Graph::empty(NODES);
        let mut cursor = Cursor::new(arch);
        for (from, to) in pairs() {
            if from == 0 {
                cursor.expect(if to == 1 { "|" } else { "+|" })?;
            }
            let place = cursor.word(&OPERATIONS, '~')?;
            cursor.expect("~")?;
            cursor.expect(&from.to_string())?;
            cursor.expect("|")?;
            put_operation(&mut graph, from, to, place);
        }
        cursor.end()?;
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
        check::bare_nodes(graph)?;
        check::edge_labels(graph, 1..5, "1 to 4 (an edge with operation `none` is left out)")
    }

    /// The architecture text itself: the benchmark trained each of its 15,625 entries on its own, so two
    /// isomorphic cells have different rewards, and the search budget counts distinct graphs (METHOD section 3).
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.decode(graph)
    }

    fn size(&self) -> f64 {
        15_625.0
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        draw(explorer, rng)
    }
}
