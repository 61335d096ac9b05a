//! The operations of networks. A file has everything about an operation: shape, weights, cost, how it is recorded on a
//! tape, and its ONNX and PyTorch forms. A new operation is a file here and a line of `operations!`.

mod activation;
mod attention;
mod combine;
mod conv2d;
mod dropout;
mod input;
mod linear;
mod normalization;
mod pool;
mod position_embedding;
mod scale_channels;
mod slice;
mod window;
mod zero;

pub use activation::Activation;
pub use attention::Attention;
pub use combine::{Concat, Mean, Sum, WeightedSum};
pub use conv2d::Conv2d;
pub use dropout::{DropPath, Dropout};
pub use input::Input;
pub use linear::Linear;
pub use normalization::{BatchNorm, LayerNorm};
pub use pool::{AvgPool, GlobalAveragePool, MaxPool};
pub use position_embedding::PositionEmbedding;
pub use scale_channels::ScaleChannels;
pub use slice::{Narrow, Shift};
pub use window::Window;
pub use zero::Zero;

use super::shape::Shape;
use super::weight::WeightSpec;
use crate::onnx::NodeWriter;
use crate::tape::{ShapeError, Tape, Tensor};
use std::fmt;

/// The purpose for which a network is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, which also update the running ones, and dropout.
    Training {
        /// The seed of dropout and drop path, as for [`Tape::dropout`].
        seed: Tensor,
    },
    /// Running statistics, no dropout.
    Inference,
    /// Batch statistics, which do not update the running ones, and no dropout: for weights that several networks share,
    /// whose running statistics are a mixture over these networks that suits none of them.
    BatchStatistics,
}

/// What an operation needs to record a node.
pub struct NodeRecorder<'a> {
    /// The tape.
    pub tape: &'a mut Tape,
    /// The weights of the node, in the order of [`NetworkOperation::weights`].
    pub weights: &'a [Tensor],
    /// The purpose of the recording.
    pub mode: Mode,
    /// The shape of the result with its batch axis.
    pub output: &'a [usize],
    /// Whether the launch also computes an adjacent ReLU: a convolution that of its input, a batch normalisation that of
    /// its result.
    pub relu: bool,
}

/// An operation of networks on the results of other nodes.
///
/// Networks are checked when they are built ([`super::Builder::add`]), so all methods but [`NetworkOperation::shape`] may
/// expect inputs that suit the operation.
pub trait NetworkOperation: fmt::Debug {
    /// The name in listings and errors.
    fn name(&self) -> &'static str;

    /// Returns the shape of the result, or `None` if the inputs do not suit the operation.
    fn shape(&self, inputs: &[Shape]) -> Option<Shape>;

    /// Returns the weights for inputs of these shapes, in the order of PyTorch's state dictionaries.
    fn weights(&self, _inputs: &[Shape]) -> Vec<WeightSpec> {
        Vec::new()
    }

    /// Returns the multiply-adds for one image: those of convolutions, matrix products and weighted sums.
    fn multiply_adds(&self, _inputs: &[Shape], _output: Shape) -> u64 {
        0
    }

    /// Returns the window of the input that a position of the result reads.
    fn window(&self, _output: Shape) -> Window {
        Window::POINT
    }

    /// Whether it counts as a layer where scores measure the depth of a network.
    fn is_layer(&self) -> bool {
        false
    }

    /// Returns the number of outputs to which its first weight maps the inputs. Scores draw and differentiate the weights
    /// of operations that have such units.
    fn units(&self) -> Option<usize> {
        None
    }

    /// Whether the signs of its result are the code of an activation (Mellor et al. 2021).
    fn has_code(&self) -> bool {
        false
    }

    /// Records the operation on a tape.
    ///
    /// # Errors
    /// Tensors of other shapes than the node's.
    fn record(&self, node: &mut NodeRecorder<'_>, inputs: &[Tensor]) -> Result<Tensor, ShapeError>;

    /// Adds the ONNX operators of inference; returns the name of the result. `inputs` and `weights` are the names of the
    /// values that the node reads, `images` that of the network's input.
    fn onnx(&self, node: &mut NodeWriter<'_>, values: OnnxValues<'_>) -> String;

    /// Returns the constructor of the PyTorch module that has the weights, `nn.Linear(3, 10)`.
    fn pytorch_module(&self, _inputs: &[Shape]) -> Option<String> {
        None
    }

    /// Returns the source of a class or function that [`NetworkOperation::pytorch`] uses, if PyTorch has none.
    fn pytorch_definition(&self) -> Option<&'static str> {
        None
    }

    /// Returns the PyTorch expression of the result. `module` is the expression of the module with the weights, `inputs`
    /// are the variables that the node reads.
    fn pytorch(&self, module: &str, inputs: &[&str]) -> String {
        format!("{module}({})", inputs.join(", "))
    }
}

/// The names of the values that a node reads in an ONNX file.
#[derive(Debug)]
pub struct OnnxValues<'a> {
    /// The results of other nodes.
    pub inputs: Vec<String>,
    /// The weights, in the order of [`NetworkOperation::weights`].
    pub weights: Vec<String>,
    /// The network's input, which has the batch size.
    pub images: &'a str,
    /// The shape of the result for one image.
    pub output: Shape,
}

impl OnnxValues<'_> {
    /// Returns the inputs followed by the weights.
    fn all(self) -> Vec<String> {
        self.inputs.into_iter().chain(self.weights).collect()
    }

    /// Returns the inputs followed by further values.
    fn with<const N: usize>(self, others: [String; N]) -> Vec<String> {
        self.inputs.into_iter().chain(others).collect()
    }
}

/// Declares [`Operation`] with all operations of networks.
macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// The operation of a node.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum Operation {
            $(#[doc = concat!("See [`", stringify!($name), "`](type@", stringify!($name), ").")] $name($name)),*
        }

        $(impl From<$name> for Operation {
            fn from(operation: $name) -> Self {
                Self::$name(operation)
            }
        })*

        impl std::ops::Deref for Operation {
            type Target = dyn NetworkOperation;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Self::$name(operation) => operation),*
                }
            }
        }

        impl Operation {
            /// The number of kinds of operations.
            pub const COUNT: usize = [$(stringify!($name)),*].len();
        }
    };
}

operations! {
    Input, Zero, Conv2d, Linear, BatchNorm, LayerNorm, Activation, Attention, PositionEmbedding, ScaleChannels, MaxPool,
    AvgPool, GlobalAveragePool, Sum, Mean, WeightedSum, Concat, Narrow, Shift, Dropout, DropPath,
}

impl Operation {
    /// Returns the shape of the result, or `None` if the inputs do not suit the operation or an axis is too long.
    pub(super) fn infer(&self, inputs: &[Shape]) -> Option<Shape> {
        self.shape(inputs).filter(Shape::is_valid)
    }
}

/// Returns the only input of an operation, for [`NetworkOperation::shape`].
fn only(inputs: &[Shape]) -> Option<Shape> {
    if let [input] = inputs { Some(*input) } else { None }
}

/// Returns the only input of an operation if it is an image.
fn image(inputs: &[Shape]) -> Option<[usize; 3]> {
    if let [Shape::Image(axes)] = inputs { Some(*axes) } else { None }
}

/// Returns a fixed number of inputs or weights, for [`NetworkOperation::record`].
fn exactly<const N: usize>(tensors: &[Tensor]) -> Result<[Tensor; N], ShapeError> {
    let wrong = || ShapeError::new("child network", format!("{} tensors in place of {N}", tensors.len()));
    tensors.try_into().map_err(|_| wrong())
}

/// Returns a Python boolean.
pub(crate) fn python_bool(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}
