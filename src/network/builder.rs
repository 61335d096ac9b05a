//! Builds networks node by node.

use super::error::NetworkError;
use super::operation::{Operation, Shape};
use super::weight::{WeightShape, weight_shapes};
use super::{Network, Node, Stage};
use std::collections::HashSet;
use std::fmt::Display;

/// The most elements of a node's result for one image, and of a weight: kernels index them with 32 bits.
const LARGEST: usize = u32::MAX as usize;

/// Adds nodes one after the other and checks that they fit.
#[derive(Debug)]
pub struct Builder {
    nodes: Vec<Node>,
    names: HashSet<String>,
    stages: Vec<Stage>,
    /// The share of a new batch in the running statistics of the batch normalisations that blocks add.
    pub(crate) momentum: f32,
    /// Whether weights are named after what is done at their place too ([`Builder::choice`]).
    sharing: bool,
}

impl Builder {
    /// A network of which there is only node 0, the images.
    ///
    /// # Errors
    /// An image without pixels or channels.
    pub fn new(input: [usize; 3]) -> Result<Self, NetworkError> {
        for (what, found) in ["image channels", "image height", "image width"].into_iter().zip(input) {
            let (min, max) = (1, 1 << 14);
            if !(min..=max).contains(&found) {
                return Err(NetworkError::Size { what, found, min, max });
            }
        }
        let name = "input".to_owned();
        let names = HashSet::from([name.clone()]);
        let node = Node { name, operation: Operation::Input, inputs: Vec::new(), shape: Shape::Image(input) };
        Ok(Self { nodes: vec![node], names, stages: Vec::new(), momentum: 0.1, sharing: false })
    }

    /// The same for a network that shares its weights with others ([`crate::child::SharedModel`]).
    #[must_use]
    pub fn sharing(self) -> Self {
        Self { sharing: true, ..self }
    }

    /// Whether the network shares its weights with others.
    pub fn shares(&self) -> bool {
        self.sharing
    }

    /// The name of what an architecture chose for a place: that of the place, and of the choice too where weights are shared,
    /// so that every choice has weights of its own.
    pub fn choice(&self, place: &str, choice: impl Display) -> String {
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
    ) -> Result<usize, NetworkError> {
        let name = name.into();
        if let Some(&input) = inputs.iter().find(|input| **input >= self.nodes.len()) {
            return Err(NetworkError::UnknownNode { name, input });
        }
        let shapes: Vec<_> = inputs.iter().map(|input| self.nodes[*input].shape).collect();
        let Some(shape) = operation.infer(&shapes) else {
            let inputs = shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(", ");
            return Err(NetworkError::Shape { name, operation: operation.name(), inputs });
        };
        if shape.len() > LARGEST || !holdable(&operation, &shapes) {
            return Err(NetworkError::TooLarge { name, operation: operation.name(), result: shape.to_string() });
        }
        if !self.names.insert(name.clone()) {
            return Err(NetworkError::DuplicateName(name));
        }
        self.nodes.push(Node { name, operation, inputs: inputs.to_vec(), shape });
        Ok(self.nodes.len() - 1)
    }

    /// Says that a stage lies between two nodes ([`Network::stages`]).
    pub fn stage(&mut self, input: usize, output: usize) {
        self.stages.push(Stage { input, output });
    }

    /// The shape of a node that was added.
    pub fn shape(&self, node: usize) -> Shape {
        self.nodes[node].shape
    }

    /// The channels of a node that was added, or the numbers of a vector.
    pub fn channels(&self, node: usize) -> usize {
        match self.shape(node) {
            Shape::Image([channels, ..]) => channels,
            Shape::Vector(len) => len,
        }
    }

    /// The network that ends in `output`.
    ///
    /// # Errors
    /// An output that does not exist or is an image.
    pub fn finish(self, output: usize) -> Result<Network, NetworkError> {
        let unknown = || NetworkError::UnknownNode { name: "of the output".to_owned(), input: output };
        let node = self.nodes.get(output).ok_or_else(unknown)?;
        let Shape::Vector(classes) = node.shape else { return Err(NetworkError::Output(node.name.clone())) };
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
