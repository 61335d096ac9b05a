//! The networks of the ENAS macro space with weights of their own (docs/method.md sections 1 and 5; Pham et al. 2018).

use super::OPERATIONS;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, InvalidGraph, check};

/// The published size: 36 channels, 12 layers.
pub const SIZE: Size = Size { channels: 36, cells: 12 };

/// The probability of dropout before the linear layer.
pub(super) const DROPOUT: f32 = 0.1;

/// Builds the network of a graph with one node per layer. Layer l reads the previous output; an edge from j to l adds
/// output j as a skip, where output 0 is that of the stem and output j that of layer j - 1.
///
/// In every layer but the first, which cannot have skips, the skips are concatenated to the layer's result; ReLU, 1x1
/// convolution and batch normalisation follow. At a third and at two thirds of the depth every stored output is halved
/// by factorised reduction, and the width doubles.
///
/// # Errors
/// A number of nodes other than `size.cells`, unknown labels, a size of zero, or images too small to be halved twice.
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    build_network(Builder::new(task.input)?, graph, task, size)
}

/// Builds the network of a graph in a builder, which decides how weights are named.
pub(super) fn build_network(builder: Builder, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    check_layers(graph, size.cells)?;
    Ok(assemble(builder, task, size, |layer| (vec![graph.node_label(layer)], graph.predecessors(layer).collect()))?)
}

/// Builds the network that sums all operations in all layers, with all skips; it has the weights of all networks.
pub(super) fn shared_network(task: Task, size: Size) -> Result<Network, NetworkError> {
    let labels: Vec<u8> = (0..to_u8(OPERATIONS.len())).collect();
    assemble(Builder::new(task.input)?.sharing(), task, size, |layer| (labels.clone(), (0..layer).collect()))
}

/// Builds the network; `layer` returns the operations' labels and the skips of a layer.
fn assemble(
    mut builder: Builder,
    task: Task,
    size: Size,
    layer: impl Fn(usize) -> (Vec<u8>, Vec<usize>),
) -> Result<Network, NetworkError> {
    size.check()?;
    let stem = builder.add("stem.0", Operation::conv(size.channels, 3, 1), &[Builder::INPUT])?;
    let mut outputs = vec![builder.batch_norm("stem.1", stem)?];
    let (mut channels, mut input) = (size.channels, outputs[0]);
    for number in 0..size.cells {
        let name = format!("layers.{number}");
        let (labels, skips) = layer(number);
        let mut results = Vec::new();
        for label in labels {
            let name = builder.choice(&name, OPERATIONS[usize::from(label)]);
            results.push(operation(&mut builder, &name, outputs[number], label)?);
        }
        let mut result = builder.sum(&format!("{name}.sum"), &results)?;
        if number > 0 {
            let skips: Vec<_> = skips.into_iter().map(|from| (from, outputs[from])).collect();
            result = joined(&mut builder, &format!("{name}.skips"), result, &skips)?;
        }
        outputs.push(result);
        if halves_after(number, size.cells) || number + 1 == size.cells {
            builder.stage(input, result);
        }
        if halves_after(number, size.cells) {
            channels *= 2;
            for (index, output) in outputs.iter_mut().enumerate() {
                *output = builder.factorised_reduction(&format!("{name}.reductions.{index}"), *output, channels)?;
            }
            input = outputs[number + 1];
        }
    }
    let output = builder.classifier(outputs[size.cells], task.classes, DROPOUT)?;
    builder.finish(output)
}

/// Returns whether stored outputs are halved after layer `number`: at a third and two thirds of the depth, but not at
/// its end.
pub(super) fn halves_after(number: usize, layers: usize) -> bool {
    let done = number + 1;
    done < layers && (done == layers / 3 || done == 2 * layers / 3)
}

/// Checks that the graph has one node per layer, each labelled with an operation.
pub(super) fn check_layers(graph: &Graph, layers: usize) -> Result<(), InvalidGraph> {
    check::node_count(graph, layers)?;
    check::node_labels(graph, 0..to_u8(OPERATIONS.len()), "0 to 5, an operation")
}

/// Combines a layer's result and its skips, pairs of the output's number and its node, into one tensor with the layer's
/// channels.
///
/// A 1x1 convolution of a concatenation is the sum of a 1x1 convolution of each part. With shared weights every part
/// has its own convolution, so that the weights of a skip do not depend on the other skips.
fn joined(builder: &mut Builder, name: &str, result: usize, skips: &[(usize, usize)]) -> Result<usize, NetworkError> {
    let channels = builder.channels(result);
    if !builder.shares() {
        let parts: Vec<_> = [result].into_iter().chain(skips.iter().map(|(_, output)| *output)).collect();
        let x = builder.concat(&format!("{name}.concat"), &parts)?;
        return builder.relu_conv_bn(name, x, Filter::new(channels, 1));
    }
    let mut part = |name: String, x: usize| {
        let x = builder.add(format!("{name}.relu"), Operation::Relu, &[x])?;
        builder.add(format!("{name}.conv"), Operation::conv(channels, 1, 1), &[x])
    };
    let mut parts = vec![part(format!("{name}.result"), result)?];
    for (from, output) in skips {
        parts.push(part(format!("{name}.from_{from}"), *output)?);
    }
    let x = builder.sum(&format!("{name}.sum"), &parts)?;
    builder.batch_norm(&format!("{name}.bn"), x)
}

/// Adds 1x1 convolution, batch normalisation, ReLU, and then the operation of the label.
pub(super) fn operation(builder: &mut Builder, name: &str, x: usize, label: u8) -> Result<usize, NetworkError> {
    let channels = builder.channels(x);
    let x = builder.conv_bn_relu(&format!("{name}.in"), x, Filter::new(channels, 1))?;
    let name = format!("{name}.op");
    match label {
        0 => builder.conv_bn_relu(&name, x, Filter::new(channels, 3)),
        1 => builder.separable_bn_relu(&name, x, Filter::new(channels, 3)),
        2 => builder.conv_bn_relu(&name, x, Filter::new(channels, 5)),
        3 => builder.separable_bn_relu(&name, x, Filter::new(channels, 5)),
        4 => builder.avg_pool_3x3(&name, x, 1),
        _ => builder.max_pool_3x3(&name, x, 1),
    }
}
