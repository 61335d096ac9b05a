//! The networks of NAS-Bench-201 (METHOD section 5; Dong and Yang 2020).

use super::blocks::Filter;
use super::error::ChildError;
use super::network::{Builder, Network};
use super::operation::Operation;
use super::task::{Size, Task};
use crate::graph::Graph;
use crate::space::{NasBench201, Space, nasbench201::NODES};

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
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, ChildError> {
    NasBench201.validate(graph)?;
    size.check()?;
    let mut builder = Builder::new(task.input)?;
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
            x = cell(&mut builder, &format!("cells.{number}"), x, graph)?;
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
fn cell(builder: &mut Builder, name: &str, x: usize, graph: &Graph) -> Result<usize, ChildError> {
    let mut nodes = vec![x];
    for to in 1..NODES {
        let mut terms = Vec::new();
        for from in graph.predecessors(to) {
            let edge = format!("{name}.ops.{from}_{to}");
            terms.push(operation(builder, &edge, nodes[from], graph.edge_label(from, to))?);
        }
        let node = format!("{name}.nodes.{to}");
        nodes.push(match terms.is_empty() {
            true => builder.add(node, Operation::Zero(builder.shape(x)), &[])?,
            false => builder.sum(&node, &terms)?,
        });
    }
    Ok(nodes[NODES - 1])
}

/// What is done on an edge, by its place in [`crate::space::nasbench201::OPERATIONS`].
fn operation(builder: &mut Builder, name: &str, x: usize, label: Option<u8>) -> Result<usize, ChildError> {
    let channels = builder.channels(x);
    match label {
        Some(2) => builder.relu_conv_bn(name, x, Filter::new(channels, 1)),
        Some(3) => builder.relu_conv_bn(name, x, Filter::new(channels, 3)),
        Some(4) => builder.avg_pool_3x3(name, x, 1),
        // What is left of a valid cell is skip_connect.
        _ => Ok(x),
    }
}

/// Half the size, other channels: two convolutions, and a 1x1 convolution of 2x2 means as the shortcut.
fn residual(builder: &mut Builder, name: &str, x: usize, channels: usize) -> Result<usize, ChildError> {
    let a = builder.relu_conv_bn(&format!("{name}.a"), x, Filter::new(channels, 3).by(2))?;
    let b = builder.relu_conv_bn(&format!("{name}.b"), a, Filter::new(channels, 3))?;
    let means = Operation::AvgPool { size: 2, stride: 2, padding: 0, count_padding: true };
    let pooled = builder.add(format!("{name}.pool"), means, &[x])?;
    let shortcut = builder.add(format!("{name}.down"), Operation::conv(channels, 1, 1), &[pooled])?;
    builder.sum(&format!("{name}.sum"), &[b, shortcut])
}
