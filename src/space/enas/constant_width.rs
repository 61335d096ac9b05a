//! The shared model of the ENAS macro space, and the children that live in it (docs/method.md section 5; Pham et al. 2018).
//!
//! The shared model has every operation in every layer. A child is a path through it: its nodes have the names of the
//! shared model's, so that its weights are found in one store ([`crate::child::Weights::within`]).

use super::OPERATIONS;
use super::network::{DROPOUT, check_layers, halves_after, operation};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Network, NetworkError, Operation, Size, Task};
use crate::space::BuildError;

/// All that children share, as a network that has the parameters of every operation of every layer; it is not to be run.
///
/// # Errors
/// A size of zero, or images too small for two halvings.
pub fn whole(task: Task, size: Size) -> Result<Network, BuildError> {
    Ok(assemble(task, size, |builder, name, outputs, _| {
        let mut add = |label| candidate(builder, name, outputs, label);
        (1..to_u8(OPERATIONS.len())).try_for_each(|label| add(label).map(|_| ()))?;
        add(0)
    })?)
}

/// The child of a graph with a node a layer, in constant width. Layer l is the operation of its label on the output
/// before it; the outputs j with an edge to l, where output 0 is the stem's and output j that of layer j - 1, are added
/// to it; batch normalisation follows. At a third and at two thirds of the depth every stored output is halved.
///
/// # Errors
/// A graph of another number of nodes than `size.cells`, unknown labels, and what [`whole`] refuses.
pub fn child(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    check_layers(graph, size.cells)?;
    Ok(assemble(task, size, |builder, name, outputs, number| {
        let result = candidate(builder, name, outputs, graph.node_label(number))?;
        let parts: Vec<_> = [result].into_iter().chain(graph.predecessors(number).map(|from| outputs[from])).collect();
        builder.sum(&format!("{name}.sum"), &parts)
    })?)
}

/// Stem, layers, classifier. `layer` adds what a layer does before its batch normalisation, from the layer's name, the
/// outputs so far, of which the last is its input, and its number.
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
            for (place, output) in outputs.iter_mut().enumerate() {
                let name = format!("{name}.reductions.{place}");
                *output = builder.factorised_reduction(&name, *output, size.channels)?;
            }
            input = outputs[number + 1];
        }
    }
    let output = builder.classifier(outputs[size.cells], task.classes, DROPOUT)?;
    builder.finish(output)
}

/// One of a layer's operations, `layers.3.conv5` and so on, with a 1x1 convolution of its own before it.
fn candidate(builder: &mut Builder, name: &str, outputs: &[usize], label: u8) -> Result<usize, NetworkError> {
    let input = outputs.last().copied().unwrap_or(Builder::INPUT);
    operation(builder, &format!("{name}.{}", OPERATIONS[usize::from(label)]), input, label)
}
