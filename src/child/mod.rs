//! Networks of architectures (docs/method.md section 5): built from a graph, costed, recorded on a tape.
//!
//! A builder turns a graph of a space into a [`Network`], a list of named nodes with known shapes. Everything else
//! walks that list: [`Network::cost`] counts, [`Weights`] makes the places of the weights in a store, and
//! [`Network::record`] puts the operations on a tape.

mod blocks;
mod build;
mod cost;
pub mod darts;
pub mod enas;
mod error;
mod fuse;
pub mod nasbench101;
pub mod nasbench201;
mod network;
mod operation;
pub mod randwire;
mod record;
mod sharing;
pub mod supernet;
mod task;
mod weights;

pub use blocks::Filter;
pub use build::{build, usual_size};
pub use cost::Cost;
pub use error::ChildError;
pub use network::{Builder, Network, Node, Stage};
pub use operation::{Operation, Shape};
pub use record::Mode;
pub use sharing::{SHARING, SharedModel};
pub use task::{Size, Task};
pub use weights::{WeightShape, Weights};
