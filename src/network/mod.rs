//! Networks as data: a list of named operations with known shapes, without weights and without a device.
//!
//! A [`Builder`] adds nodes and checks that they fit. The spaces build a [`Network`] of every architecture; recording,
//! costs, drawings, scores and exports walk its list.

mod blocks;
mod builder;
mod error;
mod operation;
mod task;
mod weight;

pub use blocks::Filter;
pub use builder::Builder;
pub use error::NetworkError;
pub use operation::{Operation, Shape};
pub(crate) use task::in_range;
pub use task::{Size, Task};
pub use weight::WeightShape;

use weight::weight_shapes;

/// One operation of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// A dotted name of its own, `cells.3.ops.0_1.conv`; its weights are named after it.
    pub name: String,
    /// What it does.
    pub operation: Operation,
    /// The nodes it reads, all with lower numbers; one may occur twice.
    pub inputs: Vec<usize>,
    /// The shape of its result for one image.
    pub shape: Shape,
}

/// A network whose shapes are known to fit (docs/method.md section 5).
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Numbers of the output, one a class.
    pub classes: usize,
    /// The nodes; node 0 is the input, and nodes read only nodes before them.
    pub nodes: Vec<Node>,
    /// The node whose result are the logits.
    pub output: usize,
    /// The parts between two changes of the image's size, in order; scores look at them.
    pub stages: Vec<Stage>,
}

/// The part of a network that works on images of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// The node that the stage begins with: that of the stem, or the first of the reduced size.
    pub input: usize,
    /// The node whose result leaves the stage.
    pub output: usize,
}

impl Network {
    /// Which nodes the output depends on; only they are run.
    ///
    /// Others exist where a benchmark counts the parameters of operations whose results are not used.
    #[must_use]
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        live[self.output] = true;
        for number in (0..self.nodes.len()).rev().filter(|number| *number <= self.output) {
            if live[number] {
                self.nodes[number].inputs.iter().for_each(|input| live[*input] = true);
            }
        }
        live
    }

    /// The shapes of what a node reads.
    pub(crate) fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.nodes[*input].shape).collect()
    }

    /// The weights of a node, in the order of PyTorch's state dictionaries.
    #[must_use]
    pub fn weights(&self, node: &Node) -> Vec<WeightShape> {
        weight_shapes(&node.operation, &self.input_shapes(node))
    }
}
