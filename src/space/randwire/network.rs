//! Randomly wired networks (docs/method.md section 5; Xie et al. 2019, the small regime).

use super::STAGES;
use crate::bounds::max_of;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task, in_range};
use crate::space::BuildError;

/// The number of channels before the classifier.
const HEAD: usize = 1280;

/// The width, stem and classifier of a randomly wired network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regime {
    /// The channels of the first random stage; the next ones have twice and four times as many.
    pub channels: usize,
    /// The strides of the stem's two convolutions: [2, 2], or [1, 2] for images of 64x64 pixels.
    pub stem: [usize; 2],
    /// The probability of dropout before the linear layer.
    pub dropout: f32,
}

impl Regime {
    /// The published small regime, for ImageNet.
    pub const SMALL: Self = Self { channels: 78, stem: [2, 2], dropout: 0.2 };
    /// The small regime for TinyImageNet's 64x64 pixels: the output of the third stage has 4x4 pixels.
    pub const TINY: Self = Self { stem: [1, 2], ..Self::SMALL };
}

/// The image sides in pixels up to which the stem halves the image not at all or once (docs/method.md section 5).
const SMALL: [usize; 2] = [32, 64];

/// Returns the regime for an image size: the output of the third stage should have about 4x4 pixels.
pub(super) fn regime(task: Task, size: Size) -> Regime {
    let side = task.input[1].min(task.input[2]);
    let stem = match side {
        _ if side <= SMALL[0] => [1, 1],
        _ if side <= SMALL[1] => [1, 2],
        _ => [2, 2],
    };
    Regime { channels: size.channels, stem, ..Regime::SMALL }
}

/// Builds the network of one graph per stage; labels are ignored.
///
/// # Errors
/// An empty graph, a width of zero, or images too small for the strides.
pub fn network(stages: &[Graph; STAGES], task: Task, regime: Regime) -> Result<Network, BuildError> {
    build_network(Builder::new(task.input)?, stages, task, regime)
}

/// Builds the network of one graph per stage in a builder, which decides how weights are named.
pub(super) fn build_network(
    mut builder: Builder,
    stages: &[Graph; STAGES],
    task: Task,
    regime: Regime,
) -> Result<Network, BuildError> {
    in_range("width (channels)", regime.channels, max_of("--channels"))?;
    let channels = regime.channels;
    let narrow = Filter::new(channels.div_ceil(2), 3).by(regime.stem[0]);
    let x = builder.conv_bn("stem.0", Builder::INPUT, narrow)?;
    let mut x = builder.conv_bn("stem.1", x, Filter::new(channels, 3).by(regime.stem[1]))?;
    for (number, graph) in stages.iter().enumerate() {
        in_range("nodes of a stage's graph", graph.nodes(), 1 << 10)?;
        let input = x;
        x = stage(&mut builder, &format!("stages.{number}"), x, graph, channels << number)?;
        builder.stage(input, x);
    }
    let x = builder.conv_bn("head", x, Filter::new(HEAD, 1))?;
    let output = builder.classifier(x, task.classes, regime.dropout)?;
    Ok(builder.finish(output)?)
}

/// Adds a stage: nodes without predecessors read its input with stride 2; its output is the mean of those without
/// successors.
fn stage(builder: &mut Builder, name: &str, x: usize, graph: &Graph, channels: usize) -> Result<usize, NetworkError> {
    let mut nodes: Vec<usize> = Vec::with_capacity(graph.nodes());
    for node in 0..graph.nodes() {
        let name = format!("{name}.nodes.{node}");
        let inputs: Vec<_> = graph.predecessors(node).map(|from| nodes[from]).collect();
        let (x, stride) = match inputs.as_slice() {
            [] => (x, 2),
            [only] => (*only, 1),
            _ => (builder.add(format!("{name}.sum"), Operation::WeightedSum, &inputs)?, 1),
        };
        nodes.push(builder.relu_separable_bn(&name, x, Filter::new(channels, 3).by(stride), 1)?);
    }
    let last = |node: &usize| graph.successors(*node).next().is_none();
    let outputs: Vec<_> = (0..graph.nodes()).filter(last).map(|node| nodes[node]).collect();
    match outputs.as_slice() {
        [only] => Ok(*only),
        _ => builder.add(format!("{name}.mean"), Operation::Mean, &outputs),
    }
}
