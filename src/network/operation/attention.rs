//! Multi-head attention.

use super::window::Window;
use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly};
use crate::convert::to_i64;
use crate::network::Shape;
use crate::onnx::{NodeWriter, int, ints};
use crate::tape::{ShapeError, Tensor};

/// Scaled dot-product attention over all positions; the inputs are query, key and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// Number of heads, each with an equal share of the channels.
    pub heads: usize,
}

impl NetworkOperation for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        let &[query @ Shape::Image([channels, ..]), key, value] = inputs else { return None };
        let fits = self.heads > 0 && channels.is_multiple_of(self.heads) && [key, value] == [query; 2];
        fits.then_some(query)
    }

    /// The weights of all positions, and the sums of the values.
    fn multiply_adds(&self, _inputs: &[Shape], output: Shape) -> u64 {
        let Shape::Image([_, height, width]) = output else { return 0 };
        (2 * height as u64 * width as u64).saturating_mul(output.len() as u64)
    }

    /// Every position reads all others.
    fn window(&self, output: Shape) -> Window {
        let Shape::Image([_, height, width]) = output else { return Window::POINT };
        Window { size: height.max(width), stride: 1 }
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        node.tape.attention(exactly(inputs)?, self.heads)
    }

    /// Computes softmax(q^T k / sqrt(d)) v for every head.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let (inputs, shape) = (values.inputs, values.output.batched(0));
        let axes: Vec<_> = shape.iter().map(|axis| to_i64(*axis)).collect();
        let (heads, positions) = (to_i64(self.heads), axes[2..].iter().product());
        let head_width = axes[1] / heads;
        // The first axis, the batch, stays as it is.
        let by_head = node.integers("by_head", &[0, heads, head_width, positions]);
        let mut divided =
            |what: &str, input: &String| node.value(what, "Reshape", vec![input.clone(), by_head.clone()], Vec::new());
        let [query, key, value] = [("query", 0), ("key", 1), ("value", 2)].map(|(what, at)| divided(what, &inputs[at]));
        let swapped = vec![ints("perm", &[0, 1, 3, 2])];
        let query = node.value("query_rows", "Transpose", vec![query], swapped.clone());
        let value = node.value("value_rows", "Transpose", vec![value], swapped.clone());
        let scale = node.scalar("scale", (head_width as f32).sqrt().recip());
        let query = node.value("scaled", "Mul", vec![query, scale], Vec::new());
        let scores = node.value("scores", "MatMul", vec![query, key], Vec::new());
        let weights = node.value("weights", "Softmax", vec![scores], vec![int("axis", -1)]);
        let means = node.value("means", "MatMul", vec![weights, value], Vec::new());
        let means = node.value("mean_columns", "Transpose", vec![means], swapped);
        let shape = node.integers("shape", &axes);
        node.result("Reshape", vec![means, shape], Vec::new())
    }

    fn pytorch_definition(&self) -> Option<&'static str> {
        Some(include_str!("pytorch/attention.py"))
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        format!("attention({}, {})", inputs.join(", "), self.heads)
    }
}
