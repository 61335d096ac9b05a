//! Weights that all networks of a space share, and the networks that use them.
//!
//! The name of a weight contains its position and the operation chosen there
//! (`cells.3.ops.0_1.nor_conv_3x3.conv.weight`), and the width if that depends on the architecture. So every choice has
//! a convolution and a batch normalisation of its own. Networks with shared weights and with weights of their own are
//! built by the same code.

use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use crate::space::{BuildError, Space};
use std::fmt;
use std::sync::Arc;

/// Networks of a space that share their weights.
#[derive(Clone)]
pub struct SharedModel {
    /// The space of the networks.
    pub space: Arc<dyn Space>,
    /// Their images and classes.
    pub task: Task,
    /// Their width and depth.
    pub size: Size,
}

impl fmt::Debug for SharedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedModel({}, {:?}, {:?})", self.space.name(), self.task, self.size)
    }
}

impl SharedModel {
    /// Builds a network that contains all shared weights: it sums every choice at every position. It is not meant to be
    /// run.
    ///
    /// # Errors
    /// A space whose networks cannot share weights, a size out of range, or images that are too small.
    pub fn shared_network(&self) -> Result<Network, BuildError> {
        self.space.shared_network(self.task, self.size)
    }

    /// Builds the network of an architecture; the names of its weights are those of [`SharedModel::shared_network`].
    ///
    /// # Errors
    /// An invalid graph, and the errors of [`SharedModel::shared_network`].
    pub fn child(&self, graph: &Graph) -> Result<Network, BuildError> {
        self.space.build_network(Builder::new(self.task.input)?.sharing(), graph, self.task, self.size, 0.0)
    }
}
