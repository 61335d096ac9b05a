//! Weights that all networks of a space share: which there are, and how a network finds its own among them.
//!
//! A weight is named after its place and after what is chosen there (`cells.3.ops.0_1.nor_conv_3x3.conv.weight`), its width
//! included where that depends on the architecture. Every choice so has a convolution and a batch normalisation of its own, and a
//! network with shared weights is the one that is trained alone, built by the same code.

use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use crate::space::{BuildError, ConstantWidth, Space};
use std::fmt;
use std::sync::Arc;

/// Networks of a space that share their weights.
#[derive(Clone)]
pub enum SharedModel {
    /// A shared model whose paths are not the networks that are trained alone, as in ENAS.
    ConstantWidth(ConstantWidth, Task, Size),
    /// The networks of a space's architectures, as they are trained alone.
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
    /// All weights that there are, as a network that sums every choice of every place; it is not to be run.
    ///
    /// # Errors
    /// A space whose networks share no weights, a size that no network has, or images too small for it.
    pub fn whole(&self) -> Result<Network, BuildError> {
        match self {
            Self::ConstantWidth(model, task, size) => (model.whole)(*task, *size),
            Self::OfSpace(space, task, size) => space.whole(*task, *size),
        }
    }

    /// The network of an architecture, whose weights have names of [`SharedModel::whole`].
    ///
    /// # Errors
    /// A graph that is not of the space, and what [`SharedModel::whole`] refuses.
    pub fn child(&self, graph: &Graph) -> Result<Network, BuildError> {
        match self {
            Self::ConstantWidth(model, task, size) => (model.child)(graph, *task, *size),
            Self::OfSpace(space, task, size) => {
                space.network_in(Builder::new(task.input)?.sharing(), graph, *task, *size, 0.0)
            }
        }
    }
}
