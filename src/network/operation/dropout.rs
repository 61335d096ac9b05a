//! Dropout and drop path. Exports of inference do not have them.

use super::{Mode, NetworkOperation, NodeRecorder, OnnxValues, exactly, image, only};
use crate::network::Shape;
use crate::onnx::NodeWriter;
use crate::tape::{ShapeError, Tensor};

/// In training, each value becomes zero with probability `rate`; the others are scaled up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// The probability.
    pub rate: f32,
}

/// In training, each image becomes zero with probability `rate`; the others are scaled up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DropPath {
    /// The probability.
    pub rate: f32,
}

impl NetworkOperation for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        only(inputs).filter(|_| (0.0..1.0).contains(&self.rate))
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        match (exactly(inputs)?, node.mode) {
            ([x], Mode::Training { seed }) => node.tape.dropout(x, self.rate, seed),
            ([x], _) => Ok(x),
        }
    }

    fn onnx(&self, _node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        values.inputs.concat()
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        format!("F.dropout({}, {:?}, self.training)", inputs.join(", "), self.rate)
    }
}

impl NetworkOperation for DropPath {
    fn name(&self) -> &'static str {
        "drop_path"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        image(inputs).map(Shape::Image).filter(|_| (0.0..1.0).contains(&self.rate))
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        match (exactly(inputs)?, node.mode) {
            ([x], Mode::Training { seed }) => node.tape.drop_path(x, self.rate, seed),
            ([x], _) => Ok(x),
        }
    }

    fn onnx(&self, _node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        values.inputs.concat()
    }

    fn pytorch_definition(&self) -> Option<&'static str> {
        Some(include_str!("pytorch/drop_path.py"))
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        format!("drop_path({}, {:?}, self.training)", inputs.join(", "), self.rate)
    }
}
