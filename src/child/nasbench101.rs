//! The networks of NAS-Bench-101 (METHOD section 5; Ying et al. 2019).

use super::blocks::Filter;
use super::error::ChildError;
use super::network::{Builder, Network};
use super::operation::Operation;
use super::task::{Size, Task};
use crate::graph::Graph;
use crate::space::{InvalidGraph, NasBench101, Space, nasbench101};

/// The benchmark's own size: 128 channels, 3 cells a stack.
pub const SIZE: Size = Size { channels: 128, cells: 3 };

/// Stacks, of which each but the first halves the image and doubles the channels.
const STACKS: usize = 3;

/// The network of a cell: a stem, three stacks of cells with a max-pooling before the second and the third, and a
/// linear layer on the means of the channels. The graph is pruned and gets the benchmark's numbering first, so that
/// isomorphic graphs have one network.
///
/// # Errors
/// A graph that is not of the space, a size of zero or too small to be split over a cell's vertices, or images too
/// small for two halvings.
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, ChildError> {
    NasBench101.validate(graph)?;
    let cell = nasbench101::prune(graph).ok_or(InvalidGraph::Disconnected)?;
    let cell = nasbench101::published_numbering(&cell);
    size.check()?;
    let mut builder = Builder::new(task.input)?;
    // The share of the old statistics that is kept is 0.997.
    builder.momentum = 0.003;
    let mut x = builder.conv_bn_relu("stem", Builder::INPUT, Filter::new(size.channels, 3))?;
    for stack in 0..STACKS {
        if stack > 0 {
            let halved = Operation::MaxPool { size: 2, stride: 2, padding: 0 };
            x = builder.add(format!("stacks.{stack}.pool"), halved, &[x])?;
        }
        let input = x;
        for number in 0..size.cells {
            let name = format!("stacks.{stack}.cells.{number}");
            let channels = channels_of(&cell, builder.channels(x), size.channels << stack);
            x = Cell { builder: &mut builder, name, graph: &cell, channels }.add(x)?;
        }
        builder.stage(input, x);
    }
    let output = builder.classifier(x, task.classes, 0.0)?;
    builder.finish(output)
}

/// The channels of every vertex of a pruned cell.
///
/// Those that feed the output share its channels, the first ones getting one more where they do not divide; any other
/// has the most that a successor has.
#[must_use]
pub fn channels_of(cell: &Graph, input: usize, output: usize) -> Vec<usize> {
    let last = cell.nodes().saturating_sub(1);
    let mut channels = vec![output; cell.nodes()];
    if let Some(first) = channels.first_mut() {
        *first = input;
    }
    let feeding: Vec<usize> = cell.predecessors(last).filter(|from| *from > 0).collect();
    for (place, vertex) in feeding.iter().enumerate() {
        channels[*vertex] = output / feeding.len() + usize::from(place < output % feeding.len());
    }
    for vertex in (1..last).rev().filter(|vertex| !feeding.contains(vertex)) {
        channels[vertex] = cell.successors(vertex).map(|after| channels[after]).max().unwrap_or(0);
    }
    channels
}

/// A cell that is being added.
struct Cell<'a> {
    builder: &'a mut Builder,
    name: String,
    graph: &'a Graph,
    channels: Vec<usize>,
}

impl Cell<'_> {
    fn add(mut self, x: usize) -> Result<usize, ChildError> {
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

    /// A vertex's operation on the sum of its inputs.
    fn vertex(&mut self, vertex: usize, before: &[usize]) -> Result<usize, ChildError> {
        let name = format!("{}.vertices.{vertex}", self.name);
        let mut terms = Vec::new();
        for from in self.graph.predecessors(vertex) {
            terms.push(match from {
                0 => self.projection(vertex, before[0])?,
                _ => self.truncated(&format!("{name}.from_{from}"), before[from], self.channels[vertex])?,
            });
        }
        let x = self.builder.sum(&format!("{name}.sum"), &terms)?;
        let channels = self.channels[vertex];
        match self.graph.node_label(vertex) {
            1 => self.builder.conv_bn_relu(&name, x, Filter::new(channels, 3)),
            2 => self.builder.conv_bn_relu(&name, x, Filter::new(channels, 1)),
            // What is left of a valid cell is maxpool3x3.
            _ => self.builder.max_pool_3x3(&name, x, 1),
        }
    }

    /// The cell's input with the channels of a vertex.
    fn projection(&mut self, vertex: usize, x: usize) -> Result<usize, ChildError> {
        let name = format!("{}.projections.{vertex}", self.name);
        self.builder.conv_bn_relu(&name, x, Filter::new(self.channels[vertex], 1))
    }

    /// The first channels.
    fn truncated(&mut self, name: &str, x: usize, channels: usize) -> Result<usize, ChildError> {
        match self.builder.channels(x) == channels {
            true => Ok(x),
            false => self.builder.add(name, Operation::Narrow { from: 0, len: channels }, &[x]),
        }
    }
}
