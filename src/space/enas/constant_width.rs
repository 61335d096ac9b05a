//! The shared model of the ENAS macro space and its child networks (docs/method.md section 5; Pham et al. 2018).
//!
//! The shared model has every operation in every layer. A child is a path through it: its nodes have the same names as
//! those of the shared model, so that it finds its weights in the shared store ([`crate::child::Weights::within`]).

use super::OPERATIONS;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use crate::space::{BuildError, ConstantWidth, InvalidGraph};

/// The shared model and its children.
pub(in crate::space) const MODEL: ConstantWidth = ConstantWidth { shared_network, child };

/// The probability of dropout before the linear layer.
const DROPOUT: f32 = 0.1;

/// Builds the shared model: a network with the parameters of every operation of every layer. It is not meant to be run.
///
/// # Errors
/// A size of zero, or images too small to be halved twice.
pub fn shared_network(task: Task, size: Size) -> Result<Network, BuildError> {
    Ok(assemble(task, size, |builder, name, outputs, _| {
        let mut add = |label| candidate(builder, name, outputs, label);
        (1..to_u8(OPERATIONS.len())).try_for_each(|label| add(label).map(|_| ()))?;
        add(0)
    })?)
}

/// Builds the child network of a graph with one node per layer, in constant width. Layer l applies the operation of its
/// label to the previous output, adds the outputs j with an edge to l (output 0 is that of the stem, output j that of
/// layer j - 1), and applies batch normalisation. At a third and at two thirds of the depth every stored output is
/// halved.
///
/// # Errors
/// A number of nodes other than `size.cells`, unknown labels, and the errors of [`shared_network`].
pub fn child(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    let found = graph.nodes();
    if found != size.cells {
        return Err(InvalidGraph::NodeCount { found, min: size.cells, max: size.cells }.into());
    }
    let mut labels = graph.node_labels().iter().copied().enumerate();
    if let Some((node, label)) = labels.find(|(_, label)| usize::from(*label) >= OPERATIONS.len()) {
        return Err(InvalidGraph::NodeLabel { node, label, expected: "0 to 5, an operation" }.into());
    }
    Ok(assemble(task, size, |builder, name, outputs, number| {
        let result = candidate(builder, name, outputs, graph.node_label(number))?;
        let parts: Vec<_> = [result].into_iter().chain(graph.predecessors(number).map(|from| outputs[from])).collect();
        builder.sum(&format!("{name}.sum"), &parts)
    })?)
}

/// Builds stem, layers and classifier. `layer` adds the operations of a layer before its batch normalisation; its
/// arguments are the builder, the layer's name, the outputs so far (the last one is the input), and the layer's number.
fn assemble(
    task: Task,
    size: Size,
    layer: impl Fn(&mut Builder, &str, &[usize], usize) -> Result<usize, NetworkError>,
) -> Result<Network, NetworkError> {
    size.check()?;
    let mut builder = Builder::new(task.input)?;
    let stem = builder.add("stem.0", Operation::conv(size.channels, 3, 1), &[Builder::INPUT])?;
    let mut outputs = vec![builder.batch_norm("stem.1", stem)?];
    let mut input = outputs[0];
    for number in 0..size.cells {
        let name = format!("layers.{number}");
        let result = layer(&mut builder, &name, &outputs, number)?;
        let result = builder.batch_norm(&format!("{name}.bn"), result)?;
        outputs.push(result);
        if halves_after(number, size.cells) || number + 1 == size.cells {
            builder.stage(input, result);
        }
        if halves_after(number, size.cells) {
            for (index, output) in outputs.iter_mut().enumerate() {
                let name = format!("{name}.reductions.{index}");
                *output = builder.factorised_reduction(&name, *output, size.channels)?;
            }
            input = outputs[number + 1];
        }
    }
    let output = builder.classifier(outputs[size.cells], task.classes, DROPOUT)?;
    builder.finish(output)
}

/// Adds one operation of a layer, such as `layers.3.conv5`, preceded by a 1x1 convolution of its own.
fn candidate(builder: &mut Builder, name: &str, outputs: &[usize], label: u8) -> Result<usize, NetworkError> {
    let input = outputs.last().copied().unwrap_or(Builder::INPUT);
    operation(builder, &format!("{name}.{}", OPERATIONS[usize::from(label)]), input, label)
}

/// Returns whether stored outputs are halved after layer `number`: at a third and two thirds of the depth, but not at
/// its end.
fn halves_after(number: usize, layers: usize) -> bool {
    let done = number + 1;
    done < layers && (done == layers / 3 || done == 2 * layers / 3)
}

/// Adds 1x1 convolution, batch normalisation, ReLU, and then the operation of the label.
fn operation(builder: &mut Builder, name: &str, x: usize, label: u8) -> Result<usize, NetworkError> {
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
