//! The rule `nasbench101`: the draws and networks of cells whose output concatenates the nodes that feed it
//! (docs/method.md section 5; Ying et al. 2019).

use super::build::Wanted;
use super::network::{Cell, LayerError, Walk};
use super::part::Part;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::operation::Narrow;
use crate::network::{Builder, Filter, NetworkError};
use crate::space::Explorer;
use crate::space::nasbench101::{published_numbering, vertex_channels};
use crate::space::topology::Topology;
use rand::{Rng, RngExt};
use std::collections::BTreeSet;

/// The value of the key `rule`.
pub(super) const RULE: &str = "nasbench101";
/// The largest number of nodes; all renumberings of the inner ones are compared.
pub(super) const MAX_NODES: usize = crate::space::nasbench101::MAX_VERTICES;

impl Part {
    /// Draws a graph with the largest number of nodes, unless the explorer has a size, as the benchmark's random search
    /// does. It may violate the rules about edges.
    pub(super) fn draw_cell(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        let nodes = match *explorer {
            Explorer::SizedErdosRenyi { from, .. } => from,
            _ => self.max_nodes,
        };
        let topology = Topology::new(explorer, nodes, rng);
        let mut graph = Graph::empty(nodes);
        for to in 0..nodes {
            // Input and end have labels of their own, which are set below.
            graph.label(to, rng.random_range(1..=to_u8(self.ops.len())));
            for from in 0..to {
                if topology.has_edge(from, to, rng) {
                    graph.put(from, to, 0);
                }
            }
        }
        graph.label(0, 0);
        self.end_label().into_iter().for_each(|end| graph.label(nodes - 1, end));
        graph
    }
}

impl Walk<'_> {
    /// Adds a cell. The graph is pruned and renumbered as in the benchmark, so that isomorphic graphs have the same
    /// network.
    pub(super) fn nasbench101(&mut self, cell: &Cell<'_>) -> Result<usize, LayerError> {
        let (x, output) = (self.outputs[1], cell.wanted.channels);
        let Some(graph) = cell.graph else { return Ok(all_vertices(self.builder, cell, x)?) };
        let graph = published_numbering(&cell.part.pruned(graph));
        let channels = vertex_channels(&graph, self.builder.channels(x), output);
        Ok(Vertices { builder: self.builder, cell, graph: &graph, channels }.add(x)?)
    }
}

/// A cell under construction.
struct Vertices<'a, 'b> {
    builder: &'a mut Builder,
    cell: &'a Cell<'b>,
    /// The pruned graph.
    graph: &'a Graph,
    /// The channels of every node.
    channels: Vec<usize>,
}

impl Vertices<'_, '_> {
    fn add(mut self, x: usize) -> Result<usize, NetworkError> {
        let last = self.graph.nodes() - 1;
        let mut vertices = vec![x];
        for vertex in 1..last {
            vertices.push(self.vertex(vertex, &vertices)?);
        }
        let feeding: Vec<_> =
            self.graph.predecessors(last).filter(|from| *from > 0).map(|from| vertices[from]).collect();
        let mut terms = Vec::new();
        if !feeding.is_empty() {
            terms.push(self.builder.concat(&format!("{}.concat", self.cell.name), &feeding)?);
        }
        if self.graph.has_edge(0, last) {
            terms.push(projected(self.builder, self.cell, (last, true), x, self.channels[last])?);
        }
        self.builder.sum(&format!("{}.sum", self.cell.name), &terms)
    }

    /// Adds a node: its operation on the sum of its inputs.
    fn vertex(&mut self, vertex: usize, before: &[usize]) -> Result<usize, NetworkError> {
        let name = format!("{}.vertices.{vertex}", self.cell.name);
        let channels = self.channels[vertex];
        let mut terms = Vec::new();
        for from in self.graph.predecessors(vertex) {
            terms.push(match from {
                0 => projected(self.builder, self.cell, (vertex, false), before[0], channels)?,
                _ => self.truncated(&format!("{name}.from_{from}"), before[from], channels)?,
            });
        }
        let x = self.builder.sum(&format!("{name}.sum"), &terms)?;
        operation(self.builder, self.cell, vertex, x, vec![self.graph.node_label(vertex)])
    }

    /// Returns the first `channels` channels.
    fn truncated(&mut self, name: &str, x: usize, channels: usize) -> Result<usize, NetworkError> {
        match self.builder.channels(x) == channels {
            true => Ok(x),
            false => self.builder.add(name, Narrow { from: 0, len: channels }, &[x]),
        }
    }
}

/// Adds the operation of a node, or the sum of several, with as many output channels as input channels.
fn operation(
    builder: &mut Builder,
    cell: &Cell<'_>,
    vertex: usize,
    x: usize,
    labels: Vec<u8>,
) -> Result<usize, NetworkError> {
    let wanted = Wanted { channels: builder.channels(x), stride: 1 };
    let name = builder.choice(&format!("{}.vertices.{vertex}", cell.name), wanted.channels);
    cell.operation(builder, &name, x, labels, wanted)
}

/// Projects the cell's input to a number of channels, for a node or the output.
fn projected(
    builder: &mut Builder,
    cell: &Cell<'_>,
    (vertex, is_output): (usize, bool),
    x: usize,
    channels: usize,
) -> Result<usize, NetworkError> {
    let prefix = format!("{}.projections.{vertex}", cell.name);
    let name = match is_output {
        true => builder.choice(&prefix, "output"),
        false => builder.choice(&prefix, channels),
    };
    builder.conv_bn_relu(&name, x, Filter::new(channels, 1))
}

/// Adds every operation in every width at every node; it has the weights of all cells.
fn all_vertices(builder: &mut Builder, cell: &Cell<'_>, x: usize) -> Result<usize, NetworkError> {
    let (nodes, output) = (cell.part.max_nodes, cell.wanted.channels);
    let mut outputs = Vec::new();
    for vertex in 1..nodes {
        outputs.push(projected(builder, cell, (vertex, true), x, output)?);
    }
    for vertex in 1..nodes - 1 {
        for channels in widths(nodes, output) {
            let x = projected(builder, cell, (vertex, false), x, channels)?;
            operation(builder, cell, vertex, x, cell.node_labels(vertex))?;
        }
    }
    builder.sum(&format!("{}.sum", cell.name), &outputs)
}

/// Returns all numbers of channels that [`vertex_channels`] can assign to a node of a cell with these output channels.
fn widths(nodes: usize, output: usize) -> BTreeSet<usize> {
    let counts = 1..nodes - 1;
    counts.flat_map(|feeding| [output / feeding, output.div_ceil(feeding)]).filter(|channels| *channels > 0).collect()
}
