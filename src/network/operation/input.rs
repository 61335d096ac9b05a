//! The input of a network.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly};
use crate::network::Shape;
use crate::onnx::NodeWriter;
use crate::tape::{ShapeError, Tensor};

/// The input images; only the first node of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input;

impl NetworkOperation for Input {
    fn name(&self) -> &'static str {
        "input"
    }

    /// The builder knows the shape; no other node can be the input.
    fn shape(&self, _inputs: &[Shape]) -> Option<Shape> {
        None
    }

    fn record(&self, _node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        exactly(inputs).map(|[images]| images)
    }

    fn onnx(&self, _node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        values.images.to_owned()
    }

    fn pytorch(&self, _module: &str, _inputs: &[&str]) -> String {
        "x".to_owned()
    }
}
