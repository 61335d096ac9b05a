//! Networks on a tape (docs/method.md section 5): their weights in a store, their operations on a tape, what they cost.
//!
//! [`Weights`] makes a slot for every weight of a [`Network`], [`Network::record`] puts its operations on a tape,
//! [`Network::cost`] counts parameters and multiply-adds.

mod cost;
mod error;
mod fuse;
mod record;
mod sharing;
mod weights;

pub use cost::Cost;
pub use error::ChildError;
pub use record::Mode;
pub use sharing::SharedModel;
pub use weights::Weights;

#[cfg(doc)]
use crate::network::Network;
