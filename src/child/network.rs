//! A network as a list of nodes: the one form that recording, costing, drawing and exporting walk.

use super::error::ChildError;
use super::operation::{Operation, Shape};
use super::weights::{WeightShape, weight_shapes};
use std::collections::HashSet;
use std::fmt::Display;

/// The most numbers of a node's result for one image, and of a weight: kernels count them with 32 bits.
const LARGEST: usize = u32::MAX as usize;

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
    pub(super) fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.nodes[*input].shape).collect()
    }

    /// The weights of a node, in the order of PyTorch's state dictionaries.
    #[must_use]
    pub fn weights(&self, node: &Node) -> Vec<WeightShape> {
        weight_shapes(&node.operation, &self.input_shapes(node))
    }
}

/// Adds nodes one after the other and checks that they fit.
#[derive(Debug)]
pub struct Builder {
    nodes: Vec<Node>,
    names: HashSet<String>,
    stages: Vec<Stage>,
    /// The share of a new batch in the running statistics of the batch normalisations that blocks add.
    pub(super) momentum: f32,
    /// Whether weights are named after what is done at their place too ([`Builder::choice`]).
    sharing: bool,
}

impl Builder {
    /// A network of which there is only node 0, the images.
    ///
    /// # Errors
    /// An image without pixels or channels.
    pub fn new(input: [usize; 3]) -> Result<Self, ChildError> {
        for (what, found) in ["image channels", "image height", "image width"].into_iter().zip(input) {
            let (min, max) = (1, 1 << 14);
            if !(min..=max).contains(&found) {
                return Err(ChildError::Size { what, found, min, max });
            }
        }
        let name = "input".to_owned();
        let names = HashSet::from([name.clone()]);
        let node = Node { name, operation: Operation::Input, inputs: Vec::new(), shape: Shape::Image(input) };
        Ok(Self { nodes: vec![node], names, stages: Vec::new(), momentum: 0.1, sharing: false })
    }

    /// The same for a network that shares its weights with others ([`super::SharedModel`]).
    #[must_use]
    pub(super) fn sharing(self) -> Self {
        Self { sharing: true, ..self }
    }

    /// Whether the network shares its weights with others.
    pub(super) fn shares(&self) -> bool {
        self.sharing
    }

    /// The name of what an architecture chose for a place: that of the place, and of the choice too where weights are shared,
    /// so that every choice has weights of its own.
    pub(super) fn choice(&self, place: &str, choice: impl Display) -> String {
        if self.sharing { format!("{place}.{choice}") } else { place.to_owned() }
    }

    /// The number of the node that stands for the images.
    pub const INPUT: usize = 0;

    /// Adds a node that reads `inputs` and returns its number.
    ///
    /// # Errors
    /// Inputs that do not suit the operation or do not exist, or a name that is taken.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        operation: Operation,
        inputs: &[usize],
    ) -> Result<usize, ChildError> {
        let name = name.into();
        if let Some(&input) = inputs.iter().find(|input| **input >= self.nodes.len()) {
            return Err(ChildError::UnknownNode { name, input });
        }
        let shapes: Vec<_> = inputs.iter().map(|input| self.nodes[*input].shape).collect();
        let Some(shape) = operation.infer(&shapes) else {
            let inputs = shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(", ");
            return Err(ChildError::Shape { name, operation: operation.name(), inputs });
        };
        if shape.len() > LARGEST || !holdable(&operation, &shapes) {
            return Err(ChildError::TooLarge { name, operation: operation.name(), result: shape.to_string() });
        }
        if !self.names.insert(name.clone()) {
            return Err(ChildError::DuplicateName(name));
        }
        self.nodes.push(Node { name, operation, inputs: inputs.to_vec(), shape });
        Ok(self.nodes.len() - 1)
    }

    /// Says that a stage lies between two nodes ([`Network::stages`]).
    pub fn stage(&mut self, input: usize, output: usize) {
        self.stages.push(Stage { input, output });
    }

    /// The shape of a node that was added.
    pub(super) fn shape(&self, node: usize) -> Shape {
        self.nodes[node].shape
    }

    /// The channels of a node that was added, or the numbers of a vector.
    pub(super) fn channels(&self, node: usize) -> usize {
        match self.shape(node) {
            Shape::Image([channels, ..]) => channels,
            Shape::Vector(len) => len,
        }
    }

    /// The network that ends in `output`.
    ///
    /// # Errors
    /// An output that does not exist or is an image.
    pub fn finish(self, output: usize) -> Result<Network, ChildError> {
        let unknown = || ChildError::UnknownNode { name: "of the output".to_owned(), input: output };
        let node = self.nodes.get(output).ok_or_else(unknown)?;
        let Shape::Vector(classes) = node.shape else { return Err(ChildError::Output(node.name.clone())) };
        let Shape::Image(input) = self.nodes[Self::INPUT].shape else { return Err(unknown()) };
        Ok(Network { input, classes, nodes: self.nodes, output, stages: self.stages })
    }
}

/// Whether every weight of the operation has at most [`LARGEST`] numbers.
fn holdable(operation: &Operation, inputs: &[Shape]) -> bool {
    let fits = |weight: &WeightShape| {
        let len = weight.shape.iter().try_fold(1_u64, |len, axis| len.checked_mul(*axis as u64));
        len.is_some_and(|len| len <= LARGEST as u64)
    };
    weight_shapes(operation, inputs).iter().all(fits)
}
