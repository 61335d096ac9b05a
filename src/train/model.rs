//! What is trained: an architecture of a space, built for a task at some width and depth.

use super::error::TrainError;
use crate::child::{ChildError, Network, Size, Task, build, usual_size};
use crate::data::{Fingerprint, Normal};
use crate::graph::Graph;
use crate::space;
use serde::{Deserialize, Serialize};

/// An architecture and the size it is built in; a checkpoint's header holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name of the space.
    pub space: String,
    /// The architecture's text in it.
    pub arch: String,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// How many classes there are.
    pub classes: usize,
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// What its images are normalised by, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<Normal>,
    /// The data set it is trained on, with the names of its classes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Fingerprint>,
}

impl Model {
    /// An architecture in its published size.
    ///
    /// # Errors
    /// A space that does not exist.
    pub fn new(space: &str, arch: &str, task: Task) -> Result<Self, TrainError> {
        let Size { channels, cells } = usual_size(space).map_err(ChildError::from)?;
        let Task { input, classes } = task;
        let (space, arch) = (space.to_owned(), arch.to_owned());
        Ok(Self { space, arch, input, classes, channels, cells, normal: None, data: None })
    }

    /// Its graph.
    ///
    /// # Errors
    /// A space that does not exist, or a text that is none of its architectures.
    pub fn graph(&self) -> Result<Graph, TrainError> {
        let space = space::by_name(&self.space).map_err(ChildError::from)?;
        Ok(space.encode(&self.arch).map_err(ChildError::from)?)
    }

    /// Its network; `drop_path` is for DARTS cells.
    ///
    /// # Errors
    /// As [`Model::graph`], and what the builder of the space refuses.
    pub fn network(&self, drop_path: f32) -> Result<Network, TrainError> {
        let Self { input, classes, channels, cells, .. } = *self;
        let (task, size) = (Task { input, classes }, Size { channels, cells });
        Ok(build(&self.space, &self.graph()?, task, size, drop_path)?)
    }
}
