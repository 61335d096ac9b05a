//! The networks of DARTS cells (docs/method.md section 1; Liu et al. 2019).

use super::{CELL_NODES, IN_DEGREE, INPUTS, OPERATIONS};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, InvalidGraph, check};

/// The size of the authors' evaluation on CIFAR-10: 36 channels, 20 cells.
pub const SIZE: Size = Size { channels: 36, cells: 20 };

/// The ratio of the stem's channels to those of the first cell.
const STEM: usize = 3;

/// Builds the network of a normal and a reduction cell: a stem, a chain of cells, each of which reads the two previous
/// ones, and a linear layer. The cells at a third and at two thirds of the depth are reduction cells, which double the
/// channels.
///
/// `drop_path` is the probability that an operation's result is dropped for an image in training; 0 disables it.
///
/// # Errors
/// Graphs that are not DARTS cells, a size of zero, or images too small to be halved twice.
pub fn network(
    normal: &Graph,
    reduction: &Graph,
    task: Task,
    size: Size,
    drop_path: f32,
) -> Result<Network, BuildError> {
    build_network(Builder::new(task.input)?, [normal, reduction], task, size, drop_path)
}

/// Builds the network of a normal and a reduction cell in a builder, which decides how weights are named.
pub(super) fn build_network(
    builder: Builder,
    cells: [&Graph; 2],
    task: Task,
    size: Size,
    drop_path: f32,
) -> Result<Network, BuildError> {
    cells.into_iter().try_for_each(check_cell)?;
    Ok(assemble(builder, cells.map(Some), task, size, drop_path)?)
}

/// Builds the network that sums all operations on all edges; it has the weights of all pairs of cells.
pub(super) fn shared_network(task: Task, size: Size) -> Result<Network, NetworkError> {
    assemble(Builder::new(task.input)?.sharing(), [None, None], task, size, 0.0)
}

/// Builds the network of two cells, the normal one first; `None` is a cell with all operations.
fn assemble(
    mut builder: Builder,
    [normal, reduction]: [Option<&Graph>; 2],
    task: Task,
    size: Size,
    drop_path: f32,
) -> Result<Network, NetworkError> {
    size.check()?;
    let stem = builder.add("stem.0", Operation::conv(STEM * size.channels, 3, 1), &[Builder::INPUT])?;
    let stem = builder.batch_norm("stem.1", stem)?;
    let (mut previous, mut channels, mut after_reduction) = ([stem, stem], size.channels, false);
    let mut input = stem;
    for number in 0..size.cells {
        let reduces = number > 0 && (number == size.cells / 3 || number == 2 * size.cells / 3);
        if reduces {
            builder.stage(input, previous[1]);
        }
        let graph = if reduces { reduction } else { normal };
        channels *= if reduces { 2 } else { 1 };
        let name = format!("cells.{number}");
        let mut cell = Cell { builder: &mut builder, name, graph, channels, reduces, drop_path };
        let inputs = cell.preprocess(previous, after_reduction)?;
        previous = [previous[1], cell.add(inputs)?];
        after_reduction = reduces;
        input = if reduces { previous[1] } else { input };
    }
    builder.stage(input, previous[1]);
    let output = builder.classifier(previous[1], task.classes, 0.0)?;
    builder.finish(output)
}

/// Checks that the graph is a DARTS cell: known labels, and two predecessors of every node but the two inputs.
pub(super) fn check_cell(cell: &Graph) -> Result<(), InvalidGraph> {
    check::node_count(cell, CELL_NODES)?;
    check::edge_labels(cell, 1..8, "1 to 7 (an edge with operation `none` is left out)")?;
    let degree = |node: usize| cell.predecessors(node).count();
    let expected = |node: usize| if node < INPUTS { 0 } else { IN_DEGREE };
    match (0..CELL_NODES).find(|node| degree(*node) != expected(*node)) {
        None => Ok(()),
        Some(node) => Err(InvalidGraph::InDegree { node, found: degree(node), expected: expected(node) }),
    }
}

/// A cell under construction.
struct Cell<'a> {
    builder: &'a mut Builder,
    name: String,
    /// `None` for a cell with all operations.
    graph: Option<&'a Graph>,
    channels: usize,
    reduces: bool,
    drop_path: f32,
}

impl Cell<'_> {
    /// Brings the outputs of the two previous cells to this cell's channels and to one image size.
    fn preprocess(&mut self, [s0, s1]: [usize; 2], halve: bool) -> Result<[usize; 2], NetworkError> {
        let (name, filter) = (&self.name, Filter::new(self.channels, 1));
        let first = format!("{name}.preprocess0");
        let s0 = match halve {
            true => self.builder.relu_factorised_reduction(&first, s0, self.channels)?,
            false => self.builder.relu_conv_bn(&first, s0, filter)?,
        };
        Ok([s0, self.builder.relu_conv_bn(&format!("{name}.preprocess1"), s1, filter)?])
    }

    /// Adds the cell and returns its output, the concatenation of its four nodes.
    fn add(mut self, inputs: [usize; 2]) -> Result<usize, NetworkError> {
        let mut nodes = inputs.to_vec();
        for to in INPUTS..CELL_NODES {
            let mut terms = Vec::new();
            for (from, label) in self.edges(to) {
                terms.push(self.edge((from, to), label, nodes[from])?);
            }
            nodes.push(self.builder.sum(&format!("{}.nodes.{to}", self.name), &terms)?);
        }
        self.builder.concat(&format!("{}.concat", self.name), &nodes[INPUTS..])
    }

    /// Returns the source node and the operation's label of every edge into a node.
    fn edges(&self, to: usize) -> Vec<(usize, u8)> {
        match self.graph {
            Some(graph) => graph.predecessors(to).map(|from| (from, graph.edge_label(from, to).unwrap_or(0))).collect(),
            None => (0..to).flat_map(|from| (1..to_u8(OPERATIONS.len())).map(move |label| (from, label))).collect(),
        }
    }

    fn edge(&mut self, (from, to): (usize, usize), label: u8, x: usize) -> Result<usize, NetworkError> {
        let operation = OPERATIONS.get(usize::from(label)).unwrap_or(&"skip_connect");
        let name = self.builder.choice(&format!("{}.ops.{from}_{to}", self.name), operation);
        // In a reduction cell the edges from the inputs have stride 2.
        let stride = if self.reduces && from < INPUTS { 2 } else { 1 };
        let filter = |kernel| Filter::new(self.channels, kernel).by(stride);
        let builder = &mut *self.builder;
        let y = match label {
            1 => builder.max_pool_3x3(&name, x, stride)?,
            2 => builder.avg_pool_3x3(&name, x, stride)?,
            4 => builder.separable_conv(&name, x, filter(3))?,
            5 => builder.separable_conv(&name, x, filter(5))?,
            6 => builder.relu_separable_bn(&name, x, filter(3), 2)?,
            7 => builder.relu_separable_bn(&name, x, filter(5), 2)?,
            // The remaining label of a valid cell is skip_connect; drop path does not apply to it at stride 1.
            _ if stride == 1 => return Ok(x),
            _ => builder.relu_factorised_reduction(&name, x, self.channels)?,
        };
        match self.drop_path > 0.0 {
            true => builder.add(format!("{name}.drop"), Operation::DropPath { rate: self.drop_path }, &[y]),
            false => Ok(y),
        }
    }
}
