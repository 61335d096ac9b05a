//! Names and shapes of the weights of operations.

use super::operation::{Operation, Shape};

/// A weight of a node: `NODE.suffix` in a store or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightShape {
    /// `weight`, `bias`, `running_mean` or `running_var`.
    pub suffix: &'static str,
    /// Its shape, outermost axis first.
    pub shape: Vec<usize>,
}

impl WeightShape {
    fn new(suffix: &'static str, shape: &[usize]) -> Self {
        Self { suffix, shape: shape.to_vec() }
    }

    /// Returns whether it is trained by gradient; running statistics are not.
    #[must_use]
    pub fn is_parameter(&self) -> bool {
        matches!(self.suffix, "weight" | "bias")
    }

    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Returns the weights of an operation on inputs of these shapes.
pub(super) fn weight_shapes(operation: &Operation, inputs: &[Shape]) -> Vec<WeightShape> {
    let channels = match inputs.first() {
        Some(Shape::Image([channels, ..])) => *channels,
        Some(Shape::Vector(len)) => *len,
        None => 0,
    };
    match *operation {
        Operation::Conv2d { filters, kernel, groups, bias, .. } => {
            let weight = WeightShape::new("weight", &[filters, channels / groups.max(1), kernel, kernel]);
            [weight].into_iter().chain(bias.then(|| WeightShape::new("bias", &[filters]))).collect()
        }
        Operation::BatchNorm { affine, .. } => {
            let parameters: &[_] = if affine { &["weight", "bias"] } else { &[] };
            let names = parameters.iter().chain(&["running_mean", "running_var"]);
            names.map(|suffix| WeightShape::new(suffix, &[channels])).collect()
        }
        Operation::LayerNorm { .. } => ["weight", "bias"].map(|suffix| WeightShape::new(suffix, &[channels])).to_vec(),
        Operation::PositionEmbedding => match inputs.first() {
            Some(Shape::Image(axes)) => vec![WeightShape::new("weight", axes)],
            _ => Vec::new(),
        },
        Operation::Linear { outputs } => {
            vec![WeightShape::new("weight", &[outputs, channels]), WeightShape::new("bias", &[outputs])]
        }
        Operation::WeightedSum => vec![WeightShape::new("weight", &[inputs.len()])],
        _ => Vec::new(),
    }
}
