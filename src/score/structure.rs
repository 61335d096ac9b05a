//! Measures of a network's structure, which need no weights and images.

use super::measure::Measure;
use crate::network::{Network, Node, Operation};

/// Returns the measures of a network's structure, within microseconds.
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

/// Properties of the paths from the input to the output; all 0 if there is no path.
#[derive(Default)]
struct Paths {
    longest: f64,
    shortest: f64,
    field: f64,
}

/// Properties of the paths from the input to a node.
#[derive(Clone, Copy)]
struct Reach {
    longest: f64,
    shortest: f64,
    /// The side of the receptive field in pixels, and the distance of neighbouring elements in input pixels.
    field: f64,
    step: f64,
}

impl Paths {
    fn of(network: &Network) -> Self {
        let mut reached: Vec<Option<Reach>> = Vec::with_capacity(network.nodes.len());
        for node in &network.nodes {
            let reach = match node.operation {
                Operation::Input(_) => Some(Reach { longest: 0.0, shortest: 0.0, field: 1.0, step: 1.0 }),
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
    let window = node.operation.window(node.shape);
    let layers = if node.operation.is_layer() { 1.0 } else { 0.0 };
    Reach {
        longest: reach.longest + layers,
        shortest: reach.shortest + layers,
        field: reach.field + window.size.saturating_sub(1) as f64 * reach.step,
        step: reach.step * window.stride as f64,
    }
}
