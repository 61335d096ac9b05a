//! Measures that are known from a network's operations, without weights and images.

use super::measure::Measure;
use crate::network::{Network, Node, Operation};

/// The measures of a network's structure. They take microseconds.
#[must_use]
pub fn structural(network: &Network) -> [(Measure, f64); 5] {
    let cost = network.cost();
    let paths = Paths::of(network);
    [
        (Measure::Macs, cost.multiply_adds as f64),
        (Measure::Params, cost.parameters as f64),
        (Measure::Depth, paths.longest),
        (Measure::ShortestPath, paths.shortest),
        (Measure::ReceptiveField, paths.field),
    ]
}

/// What is known of the paths from the images to the output; all 0 where none leads there.
#[derive(Default)]
struct Paths {
    longest: f64,
    shortest: f64,
    field: f64,
}

/// What is known of the paths from the images to a node.
#[derive(Clone, Copy)]
struct Reach {
    longest: f64,
    shortest: f64,
    /// Pixels of a side of the image that one number depends on, and pixels between two neighbours.
    field: f64,
    step: f64,
}

impl Paths {
    fn of(network: &Network) -> Self {
        let mut reached: Vec<Option<Reach>> = Vec::with_capacity(network.nodes.len());
        for node in &network.nodes {
            let reach = match node.operation {
                Operation::Input => Some(Reach { longest: 0.0, shortest: 0.0, field: 1.0, step: 1.0 }),
                _ => {
                    let inputs = node.inputs.iter().filter_map(|input| reached[*input]);
                    inputs.reduce(joined).map(|reach| through(node, reach))
                }
            };
            reached.push(reach);
        }
        let Some(Reach { longest, shortest, field, .. }) = reached[network.output] else { return Self::default() };
        Self { longest, shortest, field }
    }
}

fn joined(one: Reach, other: Reach) -> Reach {
    Reach {
        longest: one.longest.max(other.longest),
        shortest: one.shortest.min(other.shortest),
        field: one.field.max(other.field),
        step: one.step.max(other.step),
    }
}

fn through(node: &Node, reach: Reach) -> Reach {
    let (size, stride, layers) = match node.operation {
        Operation::Conv2d { kernel, stride, dilation, .. } => (dilation * (kernel - 1) + 1, stride, 1.0),
        Operation::MaxPool { size, stride, .. } | Operation::AvgPool { size, stride, .. } => (size, stride, 0.0),
        _ => (1, 1, 0.0),
    };
    Reach {
        longest: reach.longest + layers,
        shortest: reach.shortest + layers,
        field: reach.field + (size.saturating_sub(1)) as f64 * reach.step,
        step: reach.step * stride as f64,
    }
}
