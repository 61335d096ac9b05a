//! Learned position embeddings.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly, image};
use crate::network::Shape;
use crate::network::weight::{Initial, WeightSpec};
use crate::onnx::NodeWriter;
use crate::tape::{ShapeError, Tensor};

/// A learned value per channel and position, added to every image (Dosovitskiy et al. 2021).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionEmbedding;

impl NetworkOperation for PositionEmbedding {
    fn name(&self) -> &'static str {
        "position_embedding"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        image(inputs).map(Shape::Image)
    }

    fn weights(&self, inputs: &[Shape]) -> Vec<WeightSpec> {
        let embedding = |axes: [usize; 3]| WeightSpec::new("weight", &axes, Initial::Normal { deviation: 0.02 });
        image(inputs).map(embedding).into_iter().collect()
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], [weight]) = (exactly(inputs)?, exactly(node.weights)?);
        node.tape.add_to_each(x, weight)
    }

    /// The weight has no batch axis, so it is added to every image.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        node.result("Add", values.all(), Vec::new())
    }

    fn pytorch_module(&self, inputs: &[Shape]) -> Option<String> {
        let [channels, height, width] = image(inputs)?;
        Some(format!("PositionEmbedding({channels}, {height}, {width})"))
    }

    fn pytorch_definition(&self) -> Option<&'static str> {
        Some(include_str!("pytorch/position_embedding.py"))
    }
}
