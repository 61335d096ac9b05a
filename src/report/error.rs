//! What can go wrong when a network is exported.

use crate::child::ChildError;
use crate::network::NetworkError;
use crate::nn::ContentError;

/// A network that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A weight of the network that is not among the tensors.
    #[error("the weights lack {0}; export the network that they were made for")]
    Missing(String),
    /// A weight of another shape than the network's.
    #[error("the weight {name} has shape {found:?} where the network has {expected:?}")]
    Shape {
        /// The weight.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network's.
        expected: Vec<usize>,
    },
    /// A mean or standard deviation that does not suit the images.
    #[error(
        "{means} means and {deviations} standard deviations cannot normalise images of {channels} channels; leave out \
         --with-preprocessing"
    )]
    Normalization {
        /// Means.
        means: usize,
        /// Standard deviations.
        deviations: usize,
        /// Channels of the images.
        channels: usize,
    },
    /// More bytes than an ONNX file can have.
    #[error("the ONNX file would have {0} bytes; 2^31 - 1 is the most there can be, so export as pytorch instead")]
    TooLarge(usize),
    /// The safetensors writer refused.
    #[error("the weights cannot be written as safetensors: {0}")]
    Safetensors(#[from] ContentError),
    /// The network that is left after folding does not fit.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network cannot be recorded.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The device did not give the weights.
    #[error(transparent)]
    Store(#[from] crate::tape::TapeError),
}
