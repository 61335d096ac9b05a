//! Builds networks node by node.

use super::error::NetworkError;
use super::operation::{Input, Operation};
use super::shape::Shape;
use super::weight::WeightSpec;
use super::{Network, Node, Stage};
use std::collections::HashSet;
use std::fmt::Display;

/// The maximum number of elements of a weight, and of a node's output for one image: kernels use 32-bit indices.
const MAX_ELEMENTS: usize = u32::MAX as usize;

/// Adds nodes one by one and checks their shapes.
///
/// ```
/// use graphpnas::network::{Builder, operation::Conv2d};
///
/// let mut builder = Builder::new([3, 32, 32])?;
/// let x = builder.add("conv", Conv2d::new(8, 3, 2), &[Builder::INPUT])?;
/// let output = builder.classifier(x, 10, 0.0)?;
/// let network = builder.finish(output)?;
/// assert_eq!(network.nodes[x].shape.to_string(), "8x16x16");
/// assert_eq!(network.classes, 10);
/// # Ok::<(), graphpnas::network::NetworkError>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    nodes: Vec<Node>,
    names: HashSet<String>,
    stages: Vec<Stage>,
    /// The momentum of the running statistics of batch normalisations that blocks add: the weight of a new batch.
    pub(crate) momentum: f32,
    /// Whether the inputs are signals, images of height 1: windows that blocks add then have one row.
    pub(crate) signals: bool,
    /// Whether weight names include the chosen operation ([`Builder::choice`]).
    sharing: bool,
}

impl Builder {
    /// Returns a builder with only node 0, the input images, of shape `[channels, height, width]`.
    ///
    /// # Errors
    /// [`NetworkError::Size`] for an axis outside 1 to 16384.
    pub fn new(input: [usize; 3]) -> Result<Self, NetworkError> {
        for (what, found) in ["image channels", "image height", "image width"].into_iter().zip(input) {
            let (min, max) = (1, 1 << 14);
            if !(min..=max).contains(&found) {
                return Err(NetworkError::Size { what, found, min, max });
            }
        }
        let name = "input".to_owned();
        let names = HashSet::from([name.clone()]);
        let node = Node { name, operation: Input.into(), inputs: Vec::new(), shape: Shape::Image(input) };
        Ok(Self { nodes: vec![node], names, stages: Vec::new(), momentum: 0.1, signals: false, sharing: false })
    }

    /// Returns the builder for a network that shares its weights with others ([`crate::child::SharedModel`]).
    #[must_use]
    pub fn sharing(self) -> Self {
        Self { sharing: true, ..self }
    }

    /// Returns whether the network shares its weights with others.
    pub fn shares(&self) -> bool {
        self.sharing
    }

    /// Returns the name of the operation that an architecture chose at a position: `prefix`, followed by the choice if
    /// weights are shared, so that every choice has weights of its own.
    pub fn choice(&self, prefix: &str, choice: impl Display) -> String {
        if self.sharing { format!("{prefix}.{choice}") } else { prefix.to_owned() }
    }

    /// Returns the rows and columns of a window of this size: square or, for signals, of one row. A stride on both axes is
    /// then one along the length, because the height stays 1.
    pub(crate) fn window(&self, size: usize) -> [usize; 2] {
        [if self.signals { 1 } else { size }, size]
    }

    /// The number of the input node.
    pub const INPUT: usize = 0;

    /// Adds a node that reads `inputs` and returns its number.
    ///
    /// # Errors
    /// Inputs that do not suit the operation or do not exist, a tensor that is too large, or a name that is in use.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        operation: impl Into<Operation>,
        inputs: &[usize],
    ) -> Result<usize, NetworkError> {
        let (name, operation) = (name.into(), operation.into());
        if let Some(&input) = inputs.iter().find(|input| **input >= self.nodes.len()) {
            return Err(NetworkError::UnknownNode { name, input });
        }
        let shapes: Vec<_> = inputs.iter().map(|input| self.nodes[*input].shape).collect();
        let Some(shape) = operation.infer(&shapes) else {
            let inputs = shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(", ");
            return Err(NetworkError::Shape { name, operation: operation.name(), inputs });
        };
        if shape.len() > MAX_ELEMENTS || !weights_fit(&operation, &shapes) {
            return Err(NetworkError::TooLarge { name, operation: operation.name(), result: shape.to_string() });
        }
        if !self.names.insert(name.clone()) {
            return Err(NetworkError::DuplicateName(name));
        }
        self.nodes.push(Node { name, operation, inputs: inputs.to_vec(), shape });
        Ok(self.nodes.len() - 1)
    }

    /// Returns the number of nodes, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "node 0, the input, always exists")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Records a stage between two nodes ([`Network::stages`]).
    pub fn stage(&mut self, input: usize, output: usize) {
        self.stages.push(Stage { input, output });
    }

    /// Returns the output shape of a node.
    pub fn shape(&self, node: usize) -> Shape {
        self.nodes[node].shape
    }

    /// Returns the output channels of a node, or the length of a vector.
    pub fn channels(&self, node: usize) -> usize {
        self.shape(node).channels()
    }

    /// Returns the network whose output is the node `output`.
    ///
    /// # Errors
    /// An output node that does not exist or whose result is an image.
    pub fn finish(self, output: usize) -> Result<Network, NetworkError> {
        let unknown = || NetworkError::UnknownNode { name: "of the output".to_owned(), input: output };
        let node = self.nodes.get(output).ok_or_else(unknown)?;
        let Shape::Vector(classes) = node.shape else { return Err(NetworkError::Output(node.name.clone())) };
        let Shape::Image(input) = self.nodes[Self::INPUT].shape else { return Err(unknown()) };
        Ok(Network { input, classes, nodes: self.nodes, output, stages: self.stages })
    }
}

/// Returns whether every weight of the operation has at most [`MAX_ELEMENTS`] elements.
fn weights_fit(operation: &Operation, inputs: &[Shape]) -> bool {
    let fits = |weight: &WeightSpec| {
        let len = weight.shape.iter().try_fold(1_u64, |len, axis| len.checked_mul(*axis as u64));
        len.is_some_and(|len| len <= MAX_ELEMENTS as u64)
    };
    operation.weights(inputs).iter().all(fits)
}
