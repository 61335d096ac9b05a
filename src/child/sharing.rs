//! Weights that all networks of a space share, and the networks that use them.
//!
//! The name of a weight contains its position and the operation chosen there
//! (`cells.3.ops.0_1.nor_conv_3x3.conv.weight`), and the width if that depends on the architecture. So every choice has
//! a convolution and a batch normalisation of its own. Networks with shared weights and with weights of their own are
//! built by the same code.

use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use crate::space::{BuildError, ConstantWidth, Space};
use std::fmt;
use std::sync::Arc;

/// Networks of a space that share their weights.
#[derive(Clone)]
pub enum SharedModel {
    /// A shared model of constant width, whose child networks differ from the networks with weights of their own
    /// (ENAS).
    ConstantWidth(ConstantWidth, Task, Size),
    /// The same networks as with weights of their own.
    OfSpace(Arc<dyn Space>, Task, Size),
}

impl fmt::Debug for SharedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConstantWidth(_, task, size) => write!(f, "ConstantWidth({task:?}, {size:?})"),
            Self::OfSpace(space, task, size) => write!(f, "OfSpace({}, {task:?}, {size:?})", space.name()),
        }
    }
}

impl SharedModel {
    /// Builds a network that contains all shared weights: it sums every choice at every position. It is not meant to be
    /// run.
    ///
    /// # Errors
    /// A space whose networks cannot share weights, a size out of range, or images that are too small.
    pub fn shared_network(&self) -> Result<Network, BuildError> {
        match self {
            Self::ConstantWidth(model, task, size) => (model.shared_network)(*task, *size),
            Self::OfSpace(space, task, size) => space.shared_network(*task, *size),
        }
    }

    /// Builds the network of an architecture; the names of its weights are those of [`SharedModel::shared_network`].
    ///
    /// # Errors
    /// An invalid graph, and the errors of [`SharedModel::shared_network`].
    pub fn child(&self, graph: &Graph) -> Result<Network, BuildError> {
        match self {
            Self::ConstantWidth(model, task, size) => (model.child)(graph, *task, *size),
            Self::OfSpace(space, task, size) => {
                space.build_network(Builder::new(task.input)?.sharing(), graph, *task, *size, 0.0)
            }
        }
    }
}
