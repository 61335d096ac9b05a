//! Children of the ENAS macro space, trained from scratch (docs/method.md sections 1 and 5; Pham et al. 2018).

use super::OPERATIONS;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, InvalidGraph, check};

/// The size of the shared model: 36 channels, 12 layers.
pub const SIZE: Size = Size { channels: 36, cells: 12 };

/// The probability of dropout before the linear layer.
pub(super) const DROPOUT: f32 = 0.1;

/// The network of a graph with a node a layer. Layer l reads the output before it; an edge from j to l adds output j
/// as a skip, where output 0 is the stem and output j the layer j - 1.
///
/// Skips are concatenated to the layer's result, then ReLU, 1x1 convolution and batch normalisation, in every layer but
/// the first, which can have none. At a third and at
/// two thirds of the depth every stored output is halved by factorised reduction, and the width doubles.
///
/// # Errors
/// A graph of another number of nodes than `size.cells`, unknown labels, a size of zero, or images too small for two
/// halvings.
pub fn network(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    network_in(Builder::new(task.input)?, graph, task, size)
}

/// The network of a graph, in a builder that says how its weights are named.
pub(super) fn network_in(builder: Builder, graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    check_layers(graph, size.cells)?;
    Ok(assemble(builder, task, size, |layer| (vec![graph.node_label(layer)], graph.predecessors(layer).collect()))?)
}

/// Every operation in every layer, summed, and every skip: it has the weights of all networks.
pub(super) fn whole(task: Task, size: Size) -> Result<Network, NetworkError> {
    let labels: Vec<u8> = (0..to_u8(OPERATIONS.len())).collect();
    assemble(Builder::new(task.input)?.sharing(), task, size, |layer| (labels.clone(), (0..layer).collect()))
}

/// The network of layers with these operations and skips.
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
            for (place, output) in outputs.iter_mut().enumerate() {
                *output = builder.factorised_reduction(&format!("{name}.reductions.{place}"), *output, channels)?;
            }
            input = outputs[number + 1];
        }
    }
    let output = builder.classifier(outputs[size.cells], task.classes, DROPOUT)?;
    builder.finish(output)
}

/// Whether stored outputs are halved after layer `number`: at a third and at two thirds of the depth, never at its end.
pub(super) fn halves_after(number: usize, layers: usize) -> bool {
    let done = number + 1;
    done < layers && (done == layers / 3 || done == 2 * layers / 3)
}

/// Whether the graph has a node for every layer, each labelled with an operation.
pub(super) fn check_layers(graph: &Graph, layers: usize) -> Result<(), InvalidGraph> {
    check::node_count(graph, layers)?;
    check::node_labels(graph, 0..to_u8(OPERATIONS.len()), "0 to 5, an operation")
}

/// A layer's result and its skips, of which the first number is that of the output, as one image of the layer's channels.
///
/// A 1x1 convolution of a concatenation is the sum of a 1x1 convolution of each part: with shared weights every part has its own,
/// so that the weights of a skip do not depend on which others there are.
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

/// 1x1 convolution, batch normalisation, ReLU, and then what the label says.
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
