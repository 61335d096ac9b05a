//! Factors of channels.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly};
use crate::network::Shape;
use crate::onnx::{NodeWriter, PIXELS};
use crate::tape::{ShapeError, Tensor};

/// Images whose channels are multiplied by the elements of a vector (squeeze-and-excitation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScaleChannels;

impl NetworkOperation for ScaleChannels {
    fn name(&self) -> &'static str {
        "scale_channels"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        let &[image @ Shape::Image([channels, ..]), Shape::Vector(len)] = inputs else { return None };
        (channels == len).then_some(image)
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let [x, factors] = exactly(inputs)?;
        node.tape.scale_channels(x, factors)
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let mut inputs = values.inputs;
        let axes = node.integers("axes", &PIXELS);
        let vector = inputs.split_off(1).into_iter().chain([axes]).collect();
        inputs.push(node.value("factors", "Unsqueeze", vector, Vec::new()));
        node.result("Mul", inputs, Vec::new())
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        inputs.join(" * ") + "[:, :, None, None]"
    }
}
