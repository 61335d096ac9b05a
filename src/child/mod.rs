//! Candidate networks on a tape (docs/method.md section 5): their weights, their recorded operations and their cost.
//!
//! [`Weights`] creates a slot for every weight of a [`Network`], [`Network::record`] records its operations on a tape,
//! and [`Network::cost`] counts parameters and multiply-adds.

mod cost;
mod error;
mod fuse;
mod record;
mod sharing;
mod weights;

pub use crate::network::Mode;
pub use cost::Cost;
pub use error::ChildError;
pub use sharing::SharedModel;
pub use weights::Weights;

#[cfg(doc)]
use crate::network::Network;
