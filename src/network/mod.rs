//! Networks: lists of named operations with known shapes, without weights and devices.
//!
//! A [`Builder`] adds nodes and checks their shapes. The search spaces build a [`Network`] for every architecture;
//! tapes, costs, drawings, scores and exports iterate over its nodes.

mod blocks;
mod builder;
mod error;
pub mod operation;
mod shape;
mod task;
mod weight;

pub use blocks::Filter;
pub use builder::Builder;
pub use error::NetworkError;
pub use operation::{Mode, NetworkOperation, Operation};
pub use shape::Shape;
pub use task::{Size, Task};
pub use weight::{Initial, WeightSpec};

/// One operation of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// A unique dotted name, `cells.3.ops.0_1.conv`, which is the prefix of its weights' names.
    pub name: String,
    /// Its operation.
    pub operation: Operation,
    /// The numbers of the nodes it reads, all lower than its own; repetitions are allowed.
    pub inputs: Vec<usize>,
    /// The shape of its output for one image.
    pub shape: Shape,
}

/// A network with checked shapes (docs/method.md section 5).
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// The number of classes, which is the length of the output.
    pub classes: usize,
    /// The nodes; node 0 is the input, and every node reads only earlier nodes.
    pub nodes: Vec<Node>,
    /// The node whose output is the logits.
    pub output: usize,
    /// The parts between two changes of the image size, in order; used by scores.
    pub stages: Vec<Stage>,
}

/// A part of a network with a constant image size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// The input of the stage: the stem's output, or the first node of the reduced size.
    pub input: usize,
    /// The output of the stage.
    pub output: usize,
}

impl Network {
    /// Returns for every node whether the output depends on it; only these nodes are run.
    ///
    /// Other nodes exist because benchmarks count the parameters of operations whose results are not used.
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

    /// Returns the shapes of a node's inputs.
    pub(crate) fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.nodes[*input].shape).collect()
    }

    /// Returns the weights of a node, in the order of PyTorch's state dictionaries.
    #[must_use]
    pub fn weights(&self, node: &Node) -> Vec<WeightSpec> {
        node.operation.weights(&self.input_shapes(node))
    }
}
