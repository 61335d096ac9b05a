//! Weights that all networks of a space share: which there are, and how a network finds its own among them.
//!
//! A weight is named after its place and after what is chosen there (`cells.3.ops.0_1.nor_conv_3x3.conv.weight`), its width
//! included where that depends on the architecture. Every choice so has a convolution and a batch normalisation of its own, and a
//! network with shared weights is the one that is trained alone, built by the same code.

use super::build::build_in;
use super::error::ChildError;
use super::network::{Builder, Network};
use super::task::{Size, Task};
use super::{darts, enas, nasbench101, nasbench201, supernet};
use crate::graph::Graph;
use crate::space;

/// The spaces whose networks can share weights: those of cells and of layers.
pub const SHARING: [&str; 4] =
    [space::nasbench101::NAME, space::nasbench201::NAME, space::enas::NAME, space::darts::NAME];

/// Networks of a space that share their weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedModel {
    /// The shared model of ENAS in constant width, whose paths are not the networks that are trained alone ([`supernet`]).
    ConstantWidth(Task, Size),
    /// The networks that [`super::build`] makes of a space's architectures.
    OfSpace(&'static str, Task, Size),
}

impl SharedModel {
    /// The networks of a space that are trained alone too.
    ///
    /// # Errors
    /// A space whose networks share no weights.
    pub fn of_space(name: &str, task: Task, size: Size) -> Result<Self, ChildError> {
        match SHARING.into_iter().find(|known| *known == name) {
            Some(space) => Ok(Self::OfSpace(space, task, size)),
            None => Err(ChildError::SharesNothing(name.to_owned())),
        }
    }

    /// All weights that there are, as a network that sums every choice of every place; it is not to be run.
    ///
    /// # Errors
    /// A size that no network has, or images too small for it.
    pub fn whole(&self) -> Result<Network, ChildError> {
        match *self {
            Self::ConstantWidth(task, size) => supernet::whole(task, size),
            Self::OfSpace(space::nasbench101::NAME, task, size) => nasbench101::whole(task, size),
            Self::OfSpace(space::nasbench201::NAME, task, size) => nasbench201::whole(task, size),
            Self::OfSpace(space::darts::NAME, task, size) => darts::whole(task, size),
            Self::OfSpace(_, task, size) => enas::whole(task, Size { cells: space::enas::LAYERS, ..size }),
        }
    }

    /// The network of an architecture, whose weights have names of [`SharedModel::whole`].
    ///
    /// # Errors
    /// A graph that is not of the space, and what [`SharedModel::whole`] refuses.
    pub fn child(&self, graph: &Graph) -> Result<Network, ChildError> {
        match *self {
            Self::ConstantWidth(task, size) => supernet::child(graph, task, size),
            Self::OfSpace(space, task, size) => {
                build_in(Builder::new(task.input)?.sharing(), space, graph, (task, size), 0.0)
            }
        }
    }
}
