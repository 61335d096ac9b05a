//! Layer normalisation and attention as ONNX operators.

use super::message::AttributeProto;
use super::node::{Nodes, float, int, ints};
use crate::network::{Node, Shape};

impl Nodes<'_> {
    /// The operator normalises the last axes, so the channels become the last one and then the second again.
    pub(super) fn layer_norm(&mut self, node: &Node, inputs: Vec<String>, weights: Vec<String>, epsilon: f32) {
        let mut operands = vec![self.intermediate(node, "channels_last", "Transpose", inputs, permuted(&[0, 2, 3, 1]))];
        operands.extend(weights);
        let attributes = vec![int("axis", -1), float("epsilon", epsilon)];
        let normed = self.intermediate(node, "normed", "LayerNormalization", operands, attributes);
        self.push(node, "Transpose", vec![normed], permuted(&[0, 3, 1, 2]));
    }

    /// Computes softmax(q^T k / sqrt(d)) v for every head.
    pub(super) fn attention(&mut self, node: &Node, inputs: &[String], heads: usize) {
        let (Shape::Image([channels, height, width]), [query, key, value]) = (node.shape, inputs) else { return };
        let axes = [heads, channels / heads, height * width].map(|axis| axis as i64);
        // The first axis, the batch, stays as it is.
        let by_head = self.integers(node, "by_head", &[0, axes[0], axes[1], axes[2]]);
        let mut divided = |what: &str, input: &String| {
            self.intermediate(node, what, "Reshape", vec![input.clone(), by_head.clone()], Vec::new())
        };
        let (query, key, value) = (divided("query", query), divided("key", key), divided("value", value));
        let swapped = permuted(&[0, 1, 3, 2]);
        let query = self.intermediate(node, "query_rows", "Transpose", vec![query], swapped.clone());
        let value = self.intermediate(node, "value_rows", "Transpose", vec![value], swapped.clone());
        let scale = self.scalar(node, "scale", (axes[1] as f32).sqrt().recip());
        let query = self.intermediate(node, "scaled", "Mul", vec![query, scale], Vec::new());
        let scores = self.intermediate(node, "scores", "MatMul", vec![query, key], Vec::new());
        let weights = self.intermediate(node, "weights", "Softmax", vec![scores], vec![int("axis", -1)]);
        let means = self.intermediate(node, "means", "MatMul", vec![weights, value], Vec::new());
        let means = self.intermediate(node, "mean_columns", "Transpose", vec![means], swapped);
        let shape = [0, channels as i64, height as i64, width as i64];
        let shape = self.integers(node, "shape", &shape);
        self.push(node, "Reshape", vec![means, shape], Vec::new());
    }
}

fn permuted(axes: &[usize]) -> Vec<AttributeProto> {
    vec![ints("perm", axes)]
}
