//! Errors of exporting a network.

use crate::child::ChildError;
use crate::network::NetworkError;
use crate::nn::ContentError;
use crate::space::InvalidGraph;

/// An error of exporting a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The tensors lack a weight of the network.
    #[error("the weights lack {0}; export the network to which they belong")]
    Missing(String),
    /// The shape of a weight differs from that in the network.
    #[error("the weight {name} has shape {found:?}, but the network needs {expected:?}")]
    Shape {
        /// The name of the weight.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape in the network.
        expected: Vec<usize>,
    },
    /// The number of means or standard deviations differs from the number of channels.
    #[error(
        "{means} means and {stds} standard deviations cannot normalise images of {channels} channels; leave out \
         --with-preprocessing"
    )]
    Normalization {
        /// Number of means.
        means: usize,
        /// Number of standard deviations.
        stds: usize,
        /// Channels of the images.
        channels: usize,
    },
    /// The network is too large for an ONNX file.
    #[error("the ONNX file would have {0} bytes, but at most 2^31 - 1 are allowed; export as pytorch instead")]
    TooLarge(usize),
    /// The safetensors writer failed.
    #[error("the weights cannot be written as safetensors: {0}")]
    Safetensors(#[from] ContentError),
    /// The folded network is invalid.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The graph is not in the space.
    #[error(transparent)]
    Graph(#[from] InvalidGraph),
    /// The network cannot be recorded.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The weights could not be read from the device.
    #[error(transparent)]
    Store(#[from] crate::tape::TapeError),
}
