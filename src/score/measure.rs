//! The available scores.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A score of a network without training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Multiply-adds of the operations on a path to the output, for one image.
    Macs,
    /// Parameters, including those of operations on no path to the output, as the benchmarks count them.
    Params,
    /// Number of convolutions on the longest path from the input to the output.
    Depth,
    /// Number of convolutions on the shortest path, which is small if skip connections bypass a cell's convolutions.
    ShortestPath,
    /// Side in pixels of the receptive field of an element of the last stage, ignoring the image's border.
    ReceptiveField,
    /// The log-determinant of the kernel whose elements are the numbers of ReLUs with equal activation for two images
    /// (Mellor et al. 2021).
    Naswot,
    /// The logarithm of the sum over all weights of weight times gradient of the summed output, where weights are
    /// replaced by their absolute values and the input by ones (Tanaka et al. 2020).
    Synflow,
    /// How little the gradients of the summed output by different images are correlated (Mellor et al. 2020).
    Jacov,
    /// The sum of the Euclidean norms of the gradients of the loss by the weights of convolutions and linear layers.
    GradNorm,
    /// The sum over the weights of convolutions and linear layers of |weight * gradient of the loss| (Lee et al. 2019).
    Snip,
    /// The sum over the outputs of stages of the entropy of the normalised eigenvalues of their channels' covariance
    /// (Lee and Ham 2024).
    Expressivity,
    /// The smallest increase of that entropy between the stem, the inputs of the later stages and the output of the
    /// last stage (Lee and Ham 2024).
    Progressivity,
    /// The sum of the logarithms of the ranks by expressivity, progressivity and multiply-adds within the networks that
    /// are scored together (after Lee and Ham 2024).
    Combined,
    /// Accuracy with trained shared weights; not a score of an untrained network, and not in [`MEASURES`].
    SharedAccuracy,
    /// The negative loss with trained shared weights; not in [`MEASURES`].
    SharedLoss,
}

/// All measures of untrained networks, with name and description.
pub const MEASURES: [(Measure, &str, &str); 13] = [
    (Measure::Combined, "combined", "ranks by expressivity, progressivity and multiply-adds (AZ-NAS)"),
    (Measure::Macs, "macs", "multiply-adds that reach the output"),
    (Measure::Params, "params", "parameters"),
    (Measure::Depth, "depth", "convolutions on the longest path"),
    (Measure::ShortestPath, "shortest-path", "convolutions on the shortest path"),
    (Measure::ReceptiveField, "receptive-field", "side of the receptive field in pixels"),
    (Measure::Expressivity, "expressivity", "entropy of the channels' covariance"),
    (Measure::Progressivity, "progressivity", "smallest increase of that entropy"),
    (Measure::Naswot, "naswot", "log-determinant of the ReLUs' agreement"),
    (Measure::Synflow, "synflow", "synaptic flow, logarithm"),
    (Measure::Jacov, "jacov", "covariance of the input gradients"),
    (Measure::GradNorm, "grad-norm", "norm of the loss gradients"),
    (Measure::Snip, "snip", "sensitivity of the loss to the weights"),
];

/// The depth of the network for which a measure is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkDepth {
    /// The smallest depth that still ranks architectures well, which takes a fraction of the time.
    Shallow,
    /// The published depth of the space.
    Published,
}

impl Measure {
    /// Returns the required depth: gradients of the loss rank architectures better in deeper networks
    /// (docs/results.md).
    #[must_use]
    pub fn depth(self) -> NetworkDepth {
        if matches!(self, Self::GradNorm | Self::Snip) { NetworkDepth::Published } else { NetworkDepth::Shallow }
    }

    /// Returns the name in commands and configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedAccuracy => "shared-accuracy",
            Self::SharedLoss => "shared-loss",
            _ => MEASURES.iter().find(|(measure, ..)| *measure == self).map_or("", |(_, name, _)| name),
        }
    }

    /// Returns whether it needs at most a forward pass.
    #[must_use]
    pub fn is_forward(self) -> bool {
        self.is_static() || matches!(self, Self::Combined | Self::Expressivity | Self::Progressivity | Self::Naswot)
    }

    /// Returns whether it depends only on the architecture, not on weights and images.
    #[must_use]
    pub fn is_static(self) -> bool {
        matches!(self, Self::Macs | Self::Params | Self::Depth | Self::ShortestPath | Self::ReceptiveField)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An unknown name of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no score '{0}'; it must be one of {known}", known = MEASURES.map(|(_, name, _)| name).join(", "))]
pub struct UnknownMeasure(pub String);

impl FromStr for Measure {
    type Err = UnknownMeasure;

    fn from_str(text: &str) -> Result<Self, UnknownMeasure> {
        let found = MEASURES.iter().find(|(_, name, _)| *name == text);
        found.map(|(measure, ..)| *measure).ok_or_else(|| UnknownMeasure(text.to_owned()))
    }
}
