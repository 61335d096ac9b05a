//! Batch normalisation and layer normalisation.

use super::{Mode, NetworkOperation, NodeRecorder, OnnxValues, exactly, image, python_bool};
use crate::network::Shape;
use crate::network::weight::WeightSpec;
use crate::onnx::{AttributeProto, NodeWriter, float, int, ints};
use crate::tape::{self, ShapeError, Tensor};

/// Batch normalisation of every channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    /// Whether a weight and a bias per channel are applied.
    pub affine: bool,
    /// Added to the variance.
    pub epsilon: f32,
    /// The weight of a new batch in the running mean and variance.
    pub momentum: f32,
}

impl NetworkOperation for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        image(inputs).map(Shape::Image)
    }

    fn weights(&self, inputs: &[Shape]) -> Vec<WeightSpec> {
        let channels = [inputs.first().map_or(0, Shape::channels)];
        let trained =
            [("weight", 1.0), ("bias", 0.0)].map(|(name, value)| WeightSpec::constant(name, &channels, value));
        let running = [("running_mean", 0.0), ("running_var", 1.0)];
        let running = running.map(|(name, value)| WeightSpec::statistic(name, &channels, value));
        trained.into_iter().filter(|_| self.affine).chain(running).collect()
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let [x] = exactly(inputs)?;
        let (affine, running) = match self.affine {
            true => {
                let [weight, bias, mean, variance] = exactly(node.weights)?;
                (Some([weight, bias]), [mean, variance])
            }
            false => (None, exactly(node.weights)?),
        };
        // A momentum of zero does not update the running statistics.
        let momentum = if node.mode == Mode::BatchStatistics { 0.0 } else { self.momentum };
        let training = node.mode != Mode::Inference;
        let norm = tape::BatchNorm { epsilon: self.epsilon, momentum, training };
        node.tape.batch_norm(x, affine, running, norm, node.relu)
    }

    /// ONNX requires a scale and a shift also for a normalisation without trainable ones.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let OnnxValues { mut inputs, weights, output, .. } = values;
        if !self.affine {
            for (what, value) in [("scale", 1.0), ("shift", 0.0)] {
                let channels = output.channels();
                inputs.push(node.floats(what, &[channels], &vec![value; channels]));
            }
        }
        inputs.extend(weights);
        node.result("BatchNormalization", inputs, vec![float("epsilon", self.epsilon)])
    }

    fn pytorch_module(&self, inputs: &[Shape]) -> Option<String> {
        let (channels, Self { affine, epsilon, momentum }) = (inputs.first()?.channels(), *self);
        let affine = if affine { String::new() } else { format!(", affine={}", python_bool(false)) };
        Some(format!("nn.BatchNorm2d({channels}, eps={epsilon:?}, momentum={momentum:?}{affine})"))
    }
}

/// Layer normalisation over the channels of every position, with a weight and a bias per channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    /// Added to the variance.
    pub epsilon: f32,
}

impl NetworkOperation for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        image(inputs).map(Shape::Image)
    }

    fn weights(&self, inputs: &[Shape]) -> Vec<WeightSpec> {
        let channels = [inputs.first().map_or(0, Shape::channels)];
        vec![WeightSpec::constant("weight", &channels, 1.0), WeightSpec::constant("bias", &channels, 0.0)]
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let ([x], [weight, bias]) = (exactly(inputs)?, exactly(node.weights)?);
        node.tape.layer_norm(x, weight, bias, self.epsilon)
    }

    /// The operator normalises the last axes, so the channels become the last one and then the second again.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let permuted = |axes: &[usize]| -> Vec<AttributeProto> { vec![ints("perm", axes)] };
        let mut operands = vec![node.value("channels_last", "Transpose", values.inputs, permuted(&[0, 2, 3, 1]))];
        operands.extend(values.weights);
        let attributes = vec![int("axis", -1), float("epsilon", self.epsilon)];
        let normed = node.value("normed", "LayerNormalization", operands, attributes);
        node.result("Transpose", vec![normed], permuted(&[0, 3, 1, 2]))
    }

    fn pytorch_module(&self, inputs: &[Shape]) -> Option<String> {
        Some(format!("LayerNorm({}, eps={:?})", inputs.first()?.channels(), self.epsilon))
    }

    fn pytorch_definition(&self) -> Option<&'static str> {
        Some(include_str!("pytorch/layer_norm.py"))
    }
}
