//! The networks of NAS-Bench-101 (docs/method.md section 5; Ying et al. 2019).

use super::{MAX_VERTICES, NasBench101, prune, published_numbering};
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, InvalidGraph, Space};
use std::collections::BTreeSet;

/// The benchmark's size: 128 channels, 3 cells per stack.
pub const SIZE: Size = Size { channels: 128, cells: 3 };

/// The number of stacks. Each but the first halves the image size and doubles the channels.
const STACKS: usize = 3;

/// Builds the network of a cell: a stem, three stacks of cells with a max pooling before the second and the third, and
/// global average pooling with a linear layer. The graph is pruned and renumbered as in the benchmark first, so that
/// isomorphic graphs have the same network.
///
/// # Errors
/// An invalid graph, a size of zero or too few channels to be split over a cell's vertices, or images too small to be
/// halved twice.
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    build_network(Builder::new(task.input)?, graph, task, size)
}

/// Builds the network of a cell in a builder, which decides how weights are named.
pub(super) fn build_network(builder: Builder, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    NasBench101.validate(graph)?;
    let cell = prune(graph).ok_or(InvalidGraph::Disconnected)?;
    let cell = published_numbering(&cell);
    Ok(assemble(builder, task, size, |builder, name, x, output| {
        let channels = vertex_channels(&cell, builder.channels(x), output);
        Cell { builder, name, graph: &cell, channels }.add(x)
    })?)
}

/// Builds the network with both convolutions in every width at every vertex; it has the weights of all cells.
pub(super) fn shared_network(task: Task, size: Size) -> Result<Network, NetworkError> {
    assemble(Builder::new(task.input)?.sharing(), task, size, all_vertices)
}

/// Builds stem, stacks of cells and classifier. `cell` adds a cell; its arguments are the builder, name, input and
/// output channels.
fn assemble(
    mut builder: Builder,
    task: Task,
    size: Size,
    cell: impl Fn(&mut Builder, String, usize, usize) -> Result<usize, NetworkError>,
) -> Result<Network, NetworkError> {
    size.check()?;
    // The benchmark's decay of running statistics is 0.997, which is 1 - momentum.
    builder.momentum = 0.003;
    let mut x = builder.conv_bn_relu("stem", Builder::INPUT, Filter::new(size.channels, 3))?;
    for stack in 0..STACKS {
        if stack > 0 {
            let halved = Operation::MaxPool { size: [2; 2], stride: 2, padding: [0; 2] };
            x = builder.add(format!("stacks.{stack}.pool"), halved, &[x])?;
        }
        let input = x;
        for number in 0..size.cells {
            let name = format!("stacks.{stack}.cells.{number}");
            x = cell(&mut builder, name, x, size.channels << stack)?;
        }
        builder.stage(input, x);
    }
    let output = builder.classifier(x, task.classes, 0.0)?;
    builder.finish(output)
}

/// Returns the channels of every vertex of a pruned cell.
///
/// The vertices that feed the output divide its channels among them; the first ones get one more if there is a
/// remainder. Any other vertex has the maximum of its successors' channels.
#[must_use]
pub fn vertex_channels(cell: &Graph, input: usize, output: usize) -> Vec<usize> {
    let last = cell.nodes().saturating_sub(1);
    let mut channels = vec![output; cell.nodes()];
    if let Some(first) = channels.first_mut() {
        *first = input;
    }
    let feeding: Vec<usize> = cell.predecessors(last).filter(|from| *from > 0).collect();
    for (index, vertex) in feeding.iter().enumerate() {
        channels[*vertex] = output / feeding.len() + usize::from(index < output % feeding.len());
    }
    for vertex in (1..last).rev().filter(|vertex| !feeding.contains(vertex)) {
        channels[vertex] = cell.successors(vertex).map(|after| channels[after]).max().unwrap_or(0);
    }
    channels
}

/// A cell under construction.
struct Cell<'a> {
    builder: &'a mut Builder,
    name: String,
    graph: &'a Graph,
    channels: Vec<usize>,
}

impl Cell<'_> {
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
            terms.push(self.builder.concat(&format!("{}.concat", self.name), &feeding)?);
        }
        if self.graph.has_edge(0, last) {
            terms.push(self.projection(last, x)?);
        }
        self.builder.sum(&format!("{}.sum", self.name), &terms)
    }

    /// Adds a vertex: its operation on the sum of its inputs.
    fn vertex(&mut self, vertex: usize, before: &[usize]) -> Result<usize, NetworkError> {
        let name = format!("{}.vertices.{vertex}", self.name);
        let mut terms = Vec::new();
        for from in self.graph.predecessors(vertex) {
            terms.push(match from {
                0 => self.projection(vertex, before[0])?,
                _ => self.truncated(&format!("{name}.from_{from}"), before[from], self.channels[vertex])?,
            });
        }
        let x = self.builder.sum(&format!("{name}.sum"), &terms)?;
        convolved(self.builder, &name, x, self.graph.node_label(vertex))
    }

    /// Projects the cell's input to the channels of a vertex.
    fn projection(&mut self, vertex: usize, x: usize) -> Result<usize, NetworkError> {
        let is_output = vertex + 1 == self.graph.nodes();
        projected(self.builder, &self.name, (vertex, is_output), x, self.channels[vertex])
    }

    /// Returns the first `channels` channels.
    fn truncated(&mut self, name: &str, x: usize, channels: usize) -> Result<usize, NetworkError> {
        match self.builder.channels(x) == channels {
            true => Ok(x),
            false => self.builder.add(name, Operation::Narrow { from: 0, len: channels }, &[x]),
        }
    }
}

/// Adds the operation of a vertex's label, with as many output channels as input channels.
fn convolved(builder: &mut Builder, vertex: &str, x: usize, label: u8) -> Result<usize, NetworkError> {
    let channels = builder.channels(x);
    let name = |kernel: usize| builder.choice(vertex, format_args!("conv{kernel}.{channels}"));
    match label {
        1 => builder.conv_bn_relu(&name(3), x, Filter::new(channels, 3)),
        2 => builder.conv_bn_relu(&name(1), x, Filter::new(channels, 1)),
        // The remaining label of a valid cell is maxpool3x3.
        _ => builder.max_pool_3x3(vertex, x, 1),
    }
}

/// Projects the cell's input to a number of channels, for a vertex or the output.
fn projected(
    builder: &mut Builder,
    cell: &str,
    (vertex, is_output): (usize, bool),
    x: usize,
    channels: usize,
) -> Result<usize, NetworkError> {
    let prefix = format!("{cell}.projections.{vertex}");
    let name = match is_output {
        true => builder.choice(&prefix, "output"),
        false => builder.choice(&prefix, channels),
    };
    builder.conv_bn_relu(&name, x, Filter::new(channels, 1))
}

/// Adds all operations that the vertices of a cell can have.
fn all_vertices(builder: &mut Builder, name: String, x: usize, output: usize) -> Result<usize, NetworkError> {
    let mut outputs = Vec::new();
    for vertex in 1..MAX_VERTICES {
        outputs.push(projected(builder, &name, (vertex, true), x, output)?);
    }
    for vertex in 1..MAX_VERTICES - 1 {
        for channels in widths(output) {
            let x = projected(builder, &name, (vertex, false), x, channels)?;
            for label in [1, 2] {
                convolved(builder, &format!("{name}.vertices.{vertex}"), x, label)?;
            }
        }
    }
    builder.sum(&format!("{name}.sum"), &outputs)
}

/// Returns all numbers of channels that [`vertex_channels`] can assign to a vertex in a cell with these output channels.
fn widths(output: usize) -> BTreeSet<usize> {
    let counts = 1..MAX_VERTICES - 1;
    counts.flat_map(|feeding| [output / feeding, output.div_ceil(feeding)]).filter(|channels| *channels > 0).collect()
}
