//! Zeros in place of an operation.

use super::{NetworkOperation, NodeRecorder, OnnxValues};
use crate::convert::to_i64;
use crate::network::Shape;
use crate::onnx::{NodeWriter, int};
use crate::tape::{ShapeError, Tensor};

/// Zeros of this shape, without inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zero(pub Shape);

impl NetworkOperation for Zero {
    fn name(&self) -> &'static str {
        "zero"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        inputs.is_empty().then_some(self.0)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, _inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        Ok(node.tape.zeros(node.output))
    }

    /// The batch size is that of the network's input.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let first = vec![int("start", 0), int("end", 1)];
        let batch = node.value("batch", "Shape", vec![values.images.to_owned()], first);
        let axes: Vec<_> = self.0.axes().into_iter().map(to_i64).collect();
        let axes = node.integers("axes", &axes);
        let shape = node.value("shape", "Concat", vec![batch, axes], vec![int("axis", 0)]);
        node.result("ConstantOfShape", vec![shape], Vec::new())
    }

    fn pytorch(&self, _module: &str, _inputs: &[&str]) -> String {
        let axes: Vec<_> = self.0.axes().iter().map(usize::to_string).collect();
        format!("x.new_zeros([x.shape[0], {}])", axes.join(", "))
    }
}
