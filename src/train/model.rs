//! The trained model: an architecture of a space, built for a task in some width and depth.

use super::error::TrainError;
use crate::child::ChildError;
use crate::data::{Fingerprint, Normalization};
use crate::network::{Builder, Network, Size, Task};
use crate::space::{self, BuildError};
use serde::{Deserialize, Serialize};

/// An architecture and the size of its network; part of a checkpoint's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name of the space.
    pub space: String,
    /// The architecture's text.
    pub arch: String,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// The number of classes.
    pub classes: usize,
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells per stage, or of the complete network if it has no stages.
    pub cells: usize,
    /// Mean and standard deviation by which its images are normalised, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<Normalization>,
    /// The data set it is trained on, with the names of its classes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Fingerprint>,
}

impl Model {
    /// Returns an architecture in its published size.
    ///
    /// # Errors
    /// An unknown space.
    pub fn new(space: &str, arch: &str, task: Task) -> Result<Self, TrainError> {
        let Size { channels, cells } = space::open(space).map_err(ChildError::from)?.published_size();
        let Task { input, classes } = task;
        let (space, arch) = (space.to_owned(), arch.to_owned());
        Ok(Self { space, arch, input, classes, channels, cells, normal: None, data: None })
    }

    /// Builds the network; `drop_path` is the probability of drop path, in 0..1, for spaces that have it.
    ///
    /// # Errors
    /// An unknown space, a text that is not one of its architectures, and the errors of [`Space::build_network`](crate::space::Space::build_network).
    pub fn network(&self, drop_path: f32) -> Result<Network, TrainError> {
        let Self { input, classes, channels, cells, .. } = *self;
        let (task, size) = (Task { input, classes }, Size { channels, cells });
        let space = space::open(&self.space).map_err(ChildError::from)?;
        let graph = space.encode(&self.arch).map_err(ChildError::from)?;
        Ok(space.build_network(Builder::new(input).map_err(BuildError::from)?, &graph, task, size, drop_path)?)
    }
}
