//! Linear layers.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly};
use crate::network::Shape;
use crate::network::weight::{Initial, WeightSpec};
use crate::onnx::{NodeWriter, int};
use crate::tape::{ShapeError, Tensor};

/// x W^T + bias, with a weight `[outputs, inputs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// The length of the output.
    pub outputs: usize,
    /// Whether an activation follows. Initial weights are then normal with variance 2 / inputs (He et al. 2015), and
    /// otherwise, in classifiers, with standard deviation 0.01.
    pub hidden: bool,
}

impl NetworkOperation for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        matches!(inputs, [Shape::Vector(_)]).then_some(Shape::Vector(self.outputs))
    }

    fn weights(&self, inputs: &[Shape]) -> Vec<WeightSpec> {
        let len = inputs.first().map_or(0, Shape::channels);
        let initial =
            if self.hidden { Initial::KaimingNormal { fan: len } } else { Initial::Normal { deviation: 0.01 } };
        let weight = WeightSpec::new("weight", &[self.outputs, len], initial);
        vec![weight, WeightSpec::constant("bias", &[self.outputs], 0.0)]
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> u64 {
        (inputs.first().map_or(0, Shape::len) as u64).saturating_mul(output.len() as u64)
    }

    fn units(&self) -> Option<usize> {
        Some(self.outputs)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], [weight, bias]) = (exactly(inputs)?, exactly(node.weights)?);
        node.tape.linear(x, weight, Some(bias), false)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        node.result("Gemm", values.all(), vec![int("transB", 1)])
    }

    fn pytorch_module(&self, inputs: &[Shape]) -> Option<String> {
        Some(format!("nn.Linear({}, {})", inputs.first()?.channels(), self.outputs))
    }
}
