//! The networks of NAS-Bench-201 (docs/method.md section 5; Dong and Yang 2020).

use super::{NODES, NasBench201, OPERATIONS};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, Space};

/// The benchmark's own size: 16 channels, 5 cells a stage.
pub const SIZE: Size = Size { channels: 16, cells: 5 };

/// Stages, of which each but the first halves the image and doubles the channels.
const STAGES: usize = 3;

/// The network of a cell: a stem, three stages of cells with a residual block before the second and the third, and a
/// linear layer on the means of the channels.
///
/// Operations whose results do not reach the output have parameters all the same, as in the benchmark.
///
/// # Errors
/// A graph that is not of the space, a size of zero, or images too small for two halvings.
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    network_in(Builder::new(task.input)?, graph, task, size)
}

/// The network of a cell, in a builder that says how its weights are named.
pub(super) fn network_in(builder: Builder, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    NasBench201.validate(graph)?;
    Ok(assemble(builder, task, size, |from, to| graph.edge_label(from, to).into_iter().collect())?)
}

/// Every operation on every edge, summed: it has the weights of all cells.
pub(super) fn whole(task: Task, size: Size) -> Result<Network, NetworkError> {
    let all: Vec<u8> = (1..to_u8(OPERATIONS.len())).collect();
    assemble(Builder::new(task.input)?.sharing(), task, size, |_, _| all.clone())
}

/// The network of cells with `labels(from, to)` on the edge between two nodes.
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
    // Cells and residual blocks are numbered together.
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

/// A cell; its nodes are sums, and one that nothing leads to is zero.
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

/// What is done on an edge, by its place in [`OPERATIONS`].
fn operation(builder: &mut Builder, edge: &str, x: usize, label: u8) -> Result<usize, NetworkError> {
    let channels = builder.channels(x);
    let name = builder.choice(edge, OPERATIONS.get(usize::from(label)).unwrap_or(&"skip_connect"));
    match label {
        2 => builder.relu_conv_bn(&name, x, Filter::new(channels, 1)),
        3 => builder.relu_conv_bn(&name, x, Filter::new(channels, 3)),
        4 => builder.avg_pool_3x3(&name, x, 1),
        // What is left of a valid cell is skip_connect.
        _ => Ok(x),
    }
}

/// Half the size, other channels: two convolutions, and a 1x1 convolution of 2x2 means as the shortcut.
fn residual(builder: &mut Builder, name: &str, x: usize, channels: usize) -> Result<usize, NetworkError> {
    let a = builder.relu_conv_bn(&format!("{name}.a"), x, Filter::new(channels, 3).by(2))?;
    let b = builder.relu_conv_bn(&format!("{name}.b"), a, Filter::new(channels, 3))?;
    let means = Operation::AvgPool { size: 2, stride: 2, padding: 0, count_padding: true };
    let pooled = builder.add(format!("{name}.pool"), means, &[x])?;
    let shortcut = builder.add(format!("{name}.down"), Operation::conv(channels, 1, 1), &[pooled])?;
    builder.sum(&format!("{name}.sum"), &[b, shortcut])
}
