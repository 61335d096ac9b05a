//! The networks of NAS-Bench-201 (docs/method.md section 5; Dong and Yang 2020).

use super::{NODES, NasBench201, OPERATIONS};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, Space};

/// The benchmark's size: 16 channels, 5 cells per stage.
pub const SIZE: Size = Size { channels: 16, cells: 5 };

/// The number of stages. Each but the first halves the image size and doubles the channels.
const STAGES: usize = 3;

/// Builds the network of a cell: a stem, three stages of cells with a residual block before the second and the third,
/// and global average pooling with a linear layer.
///
/// Operations whose results do not reach the output still have parameters, as in the benchmark.
///
/// # Errors
/// An invalid graph, a size of zero, or images too small to be halved twice.
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    build_network(Builder::new(task.input)?, graph, task, size)
}

/// Builds the network of a cell in a builder, which decides how weights are named.
pub(super) fn build_network(builder: Builder, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    NasBench201.validate(graph)?;
    Ok(assemble(builder, task, size, |from, to| graph.edge_label(from, to).into_iter().collect())?)
}

/// Builds the network that sums all operations on all edges; it has the weights of all cells.
pub(super) fn shared_network(task: Task, size: Size) -> Result<Network, NetworkError> {
    let all: Vec<u8> = (1..to_u8(OPERATIONS.len())).collect();
    assemble(Builder::new(task.input)?.sharing(), task, size, |_, _| all.clone())
}

/// Builds the network of cells with the operations `labels(from, to)` on the edge between two nodes.
fn assemble(
    mut builder: Builder,
    task: Task,
    size: Size,
    labels: impl Fn(usize, usize) -> Vec<u8>,
) -> Result<Network, NetworkError> {
    size.check()?;
    let stem = Operation::conv(size.channels, 3, 1);
    let x = builder.add("stem.0", stem, &[Builder::INPUT])?;
    let mut x = builder.batch_norm("stem.1", x)?;
    // Cells and residual blocks share one numbering.
    let mut number = 0;
    for stage in 0..STAGES {
        if stage > 0 {
            x = residual(&mut builder, &format!("cells.{number}"), x, size.channels << stage)?;
            number += 1;
        }
        let input = x;
        for _ in 0..size.cells {
            x = cell(&mut builder, &format!("cells.{number}"), x, &labels)?;
            number += 1;
        }
        builder.stage(input, x);
    }
    let x = builder.batch_norm("lastact", x)?;
    let x = builder.add("lastact.relu", Operation::Relu, &[x])?;
    let output = builder.classifier(x, task.classes, 0.0)?;
    builder.finish(output)
}

/// Adds a cell; its nodes are sums, and a node without incoming edges is zero.
fn cell(
    builder: &mut Builder,
    name: &str,
    x: usize,
    labels: &impl Fn(usize, usize) -> Vec<u8>,
) -> Result<usize, NetworkError> {
    let mut nodes = vec![x];
    for to in 1..NODES {
        let mut terms = Vec::new();
        for (from, input) in nodes.iter().enumerate() {
            for label in labels(from, to) {
                terms.push(operation(builder, &format!("{name}.ops.{from}_{to}"), *input, label)?);
            }
        }
        let node = format!("{name}.nodes.{to}");
        nodes.push(match terms.is_empty() {
            true => builder.add(node, Operation::Zero(builder.shape(x)), &[])?,
            false => builder.sum(&node, &terms)?,
        });
    }
    Ok(nodes[NODES - 1])
}

/// Adds the operation of an edge label.
fn operation(builder: &mut Builder, edge: &str, x: usize, label: u8) -> Result<usize, NetworkError> {
    let channels = builder.channels(x);
    let name = builder.choice(edge, OPERATIONS.get(usize::from(label)).unwrap_or(&"skip_connect"));
    match label {
        2 => builder.relu_conv_bn(&name, x, Filter::new(channels, 1)),
        3 => builder.relu_conv_bn(&name, x, Filter::new(channels, 3)),
        4 => builder.avg_pool_3x3(&name, x, 1),
        // The remaining label of a valid cell is skip_connect.
        _ => Ok(x),
    }
}

/// Adds a residual block that halves the image size and changes the channels: two convolutions, and as the shortcut a
/// 2x2 average pooling with a 1x1 convolution.
fn residual(builder: &mut Builder, name: &str, x: usize, channels: usize) -> Result<usize, NetworkError> {
    let a = builder.relu_conv_bn(&format!("{name}.a"), x, Filter::new(channels, 3).by(2))?;
    let b = builder.relu_conv_bn(&format!("{name}.b"), a, Filter::new(channels, 3))?;
    let means = Operation::AvgPool { size: 2, stride: 2, padding: 0, count_padding: true };
    let pooled = builder.add(format!("{name}.pool"), means, &[x])?;
    let shortcut = builder.add(format!("{name}.down"), Operation::conv(channels, 1, 1), &[pooled])?;
    builder.sum(&format!("{name}.sum"), &[b, shortcut])
}
