//! Sums, means and concatenations of nodes.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly};
use crate::network::Shape;
use crate::network::weight::WeightSpec;
use crate::onnx::{CHANNELS, NodeWriter, int};
use crate::tape::{ShapeError, Tensor};

/// The sum of all inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum;

/// The mean of all inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mean;

/// The sum of all inputs, each multiplied by the sigmoid of its own weight (RandWire).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightedSum;

/// The concatenation of all inputs along the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concat;

/// Returns the shape of all inputs if it is the same.
fn common(inputs: &[Shape]) -> Option<Shape> {
    let (first, rest) = inputs.split_first()?;
    rest.iter().all(|other| other == first).then_some(*first)
}

impl NetworkOperation for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        common(inputs)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        node.tape.sum_of(inputs)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        node.result("Sum", values.inputs, Vec::new())
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        inputs.join(" + ")
    }
}

impl NetworkOperation for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        common(inputs)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        node.tape.mean_of(inputs)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        node.result("Mean", values.inputs, Vec::new())
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        format!("({}) / {}", inputs.join(" + "), inputs.len())
    }
}

impl NetworkOperation for WeightedSum {
    fn name(&self) -> &'static str {
        "weighted_sum"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        common(inputs)
    }

    /// Every input starts with the factor sigmoid(0) = 1/2.
    fn weights(&self, inputs: &[Shape]) -> Vec<WeightSpec> {
        vec![WeightSpec::constant("weight", &[inputs.len()], 0.0)]
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> u64 {
        (inputs.len() as u64).saturating_mul(output.len() as u64)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let [weight] = exactly(node.weights)?;
        node.tape.weighted_sum(inputs, weight)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let sigmoids = node.value("sigmoids", "Sigmoid", values.weights, Vec::new());
        let each = node.split("sigmoid", sigmoids, values.inputs.len());
        let mut terms = Vec::new();
        for (index, (input, sigmoid)) in values.inputs.into_iter().zip(each).enumerate() {
            terms.push(node.value(&format!("term_{index}"), "Mul", vec![input, sigmoid], Vec::new()));
        }
        node.result("Sum", terms, Vec::new())
    }

    fn pytorch_module(&self, inputs: &[Shape]) -> Option<String> {
        Some(format!("WeightedSum({})", inputs.len()))
    }

    fn pytorch_definition(&self) -> Option<&'static str> {
        Some(include_str!("pytorch/weighted_sum.py"))
    }

    fn pytorch(&self, module: &str, inputs: &[&str]) -> String {
        format!("{module}([{}])", inputs.join(", "))
    }
}

impl NetworkOperation for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        let mut sum = None;
        for input in inputs {
            let Shape::Image([channels, height, width]) = *input else { return None };
            let before = sum.get_or_insert([0, height, width]);
            if [before[1], before[2]] != [height, width] {
                return None;
            }
            before[0] += channels;
        }
        sum.map(Shape::Image)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        node.tape.concat(inputs)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        node.result("Concat", values.inputs, vec![int("axis", CHANNELS)])
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        format!("torch.cat([{}], 1)", inputs.join(", "))
    }
}
