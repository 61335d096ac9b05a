//! The scores there are.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A score of a network without training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Multiply-adds of the operations that reach the output, for one image.
    Macs,
    /// Parameters, those of operations that do not reach the output included, as the benchmarks count them.
    Params,
    /// Convolutions on the longest path from the images to the output.
    Depth,
    /// Convolutions on the shortest path, by which a skip connection past all of a cell's convolutions shows.
    ShortestPath,
    /// Pixels of an image's side that a number of the last stage depends on, without regard to the image's border.
    ReceptiveField,
    /// How differently the ReLUs respond to different images: the log-determinant of the kernel whose elements are the
    /// numbers of ReLUs that agree about two images (Mellor et al. 2021).
    Naswot,
    /// The sum over all weights of weight times gradient of the summed output, where weights are replaced by their absolute
    /// values and the input by ones (Tanaka et al. 2020); its logarithm.
    Synflow,
    /// How little the gradients of the summed output by different images are correlated (Mellor et al. 2020).
    Jacov,
    /// The sum of the Euclidean norms of the gradients of the loss by the weights of convolutions and linear layers.
    GradNorm,
    /// The sum over the weights of convolutions and linear layers of |weight * gradient of the loss| (Lee et al. 2019).
    Snip,
    /// The sum over the outputs of stages of the entropy of the normalised eigenvalues of their channels' covariance (Lee and
    /// Ham 2024).
    Expressivity,
    /// The smallest increase of that entropy on the way from the stem through the inputs of the later stages to the end of
    /// the last one (Lee and Ham 2024).
    Progressivity,
    /// The sum of the logarithms of the ranks by expressivity, progressivity and multiply-adds within the networks that are
    /// scored together (after Lee and Ham 2024).
    Combined,
    /// Accuracy with weights that architectures share, trained before; no score of an untrained network, and not in [`MEASURES`].
    SharedAccuracy,
    /// The negative loss with such weights.
    SharedLoss,
}

/// Every measure of networks without training, with its name and what it is in a few words.
pub const MEASURES: [(Measure, &str, &str); 13] = [
    (Measure::Combined, "combined", "ranks by expressivity, progressivity and multiply-adds (AZ-NAS)"),
    (Measure::Macs, "macs", "multiply-adds that reach the output"),
    (Measure::Params, "params", "parameters"),
    (Measure::Depth, "depth", "convolutions on the longest path"),
    (Measure::ShortestPath, "shortest-path", "convolutions on the shortest path"),
    (Measure::ReceptiveField, "receptive-field", "pixels that a result depends on"),
    (Measure::Expressivity, "expressivity", "entropy of the channels' covariance"),
    (Measure::Progressivity, "progressivity", "smallest increase of that entropy"),
    (Measure::Naswot, "naswot", "log-determinant of the ReLUs' agreement"),
    (Measure::Synflow, "synflow", "synaptic flow, logarithm"),
    (Measure::Jacov, "jacov", "covariance of the input gradients"),
    (Measure::GradNorm, "grad-norm", "norm of the loss gradients"),
    (Measure::Snip, "snip", "sensitivity of the loss to the weights"),
];

/// How deep a network is that a measure is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// As shallow as orders architectures well, which takes a fraction of the time.
    Shallow,
    /// As deep as its space was published with.
    Published,
}

impl Measure {
    /// The depth it needs: what gradients of the loss tell of an architecture grows with the depth they pass (docs/results.md).
    #[must_use]
    pub fn depth(self) -> Depth {
        if matches!(self, Self::GradNorm | Self::Snip) { Depth::Published } else { Depth::Shallow }
    }

    /// Its name in commands and configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedAccuracy => "shared-accuracy",
            Self::SharedLoss => "shared-loss",
            _ => MEASURES.iter().find(|(measure, ..)| *measure == self).map_or("", |(_, name, _)| name),
        }
    }

    /// Whether it takes a forward pass at most.
    #[must_use]
    pub fn is_forward(self) -> bool {
        self.is_static() || matches!(self, Self::Combined | Self::Expressivity | Self::Progressivity | Self::Naswot)
    }

    /// Whether it is known from the architecture alone, without an image.
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

/// A name that no measure has.
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
