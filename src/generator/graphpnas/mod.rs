//! The GraphPNAS generator: a graph neural network that draws graphs node by node (METHOD section 2).

mod batch;
mod network;
mod row;
mod shape;
mod weights;

pub use network::{Asker, Network, Teacher};
pub use row::{Row, RowDistribution};
pub use shape::{Shape, ShapeRefused};
pub use weights::{Named, Weights, named};
