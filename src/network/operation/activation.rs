//! Activation functions.

use super::{NetworkOperation, NodeRecorder, OnnxValues, exactly, only};
use crate::network::Shape;
use crate::onnx::NodeWriter;
use crate::tape::{ShapeError, Tensor};

/// A function of every element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// max(0, min(x, 6))
    Relu6,
    /// x / (1 + e^-x)
    Silu,
    /// x max(0, min(x + 3, 6)) / 6
    HardSwish,
    /// x times the standard normal distribution function of x
    Gelu,
}

impl NetworkOperation for Activation {
    fn name(&self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
            Self::Relu6 => "relu6",
            Self::Silu => "silu",
            Self::HardSwish => "hard_swish",
            Self::Gelu => "gelu",
        }
    }

    fn shape(&self, inputs: &[Shape]) -> Option<Shape> {
        only(inputs)
    }

    /// A sigmoid is a factor of other values.
    fn has_code(&self) -> bool {
        *self != Self::Sigmoid
    }

    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError> {
        let [x] = exactly(inputs)?;
        Ok(match self {
            Self::Relu => node.tape.relu(x),
            Self::Sigmoid => node.tape.sigmoid(x),
            Self::Relu6 => node.tape.relu6(x),
            Self::Silu => node.tape.silu(x),
            Self::HardSwish => node.tape.hard_swish(x),
            Self::Gelu => node.tape.gelu(x),
        })
    }

    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String {
        let inputs = values.inputs;
        match self {
            Self::Relu => node.result("Relu", inputs, Vec::new()),
            Self::Sigmoid => node.result("Sigmoid", inputs, Vec::new()),
            Self::HardSwish => node.result("HardSwish", inputs, Vec::new()),
            Self::Relu6 => {
                let (min, max) = (node.scalar("min", 0.0), node.scalar("max", 6.0));
                node.result("Clip", [inputs, vec![min, max]].concat(), Vec::new())
            }
            Self::Silu => {
                let sigmoid = node.value("sigmoid", "Sigmoid", inputs.clone(), Vec::new());
                node.result("Mul", [inputs, vec![sigmoid]].concat(), Vec::new())
            }
            Self::Gelu => gelu(node, inputs),
        }
    }

    fn pytorch(&self, _module: &str, inputs: &[&str]) -> String {
        let function = match self {
            Self::Relu => "F.relu",
            Self::Sigmoid => "torch.sigmoid",
            Self::Relu6 => "F.relu6",
            Self::Silu => "F.silu",
            Self::HardSwish => "F.hardswish",
            Self::Gelu => "F.gelu",
        };
        format!("{function}({})", inputs.join(", "))
    }
}

/// Multiplies x by (1 + erf(x / sqrt(2))) / 2.
fn gelu(node: &mut NodeWriter<'_>, inputs: Vec<String>) -> String {
    let root = node.scalar("root", std::f32::consts::FRAC_1_SQRT_2);
    let scaled = node.value("scaled", "Mul", [inputs.clone(), vec![root]].concat(), Vec::new());
    let erf = node.value("erf", "Erf", vec![scaled], Vec::new());
    let one = node.scalar("one", 1.0);
    let sum = node.value("sum", "Add", vec![erf, one], Vec::new());
    let half = node.scalar("half", 0.5);
    let normal = node.value("normal", "Mul", vec![sum, half], Vec::new());
    node.result("Mul", [inputs, vec![normal]].concat(), Vec::new())
}
