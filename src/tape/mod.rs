//! The tape: operations recorded once, their gradients appended, and a plan that is replayed.
//!
//! Model code records operations on a [`Tape`]; [`Tape::backward`] appends the gradient operations; a [`Plan`] gives
//! every intermediate a place by liveness and is run as often as needed. What outlives a plan (weights, optimizer
//! state, running statistics) lives in a [`Store`], which several plans may share.

mod backward;
mod error;
mod layout;
mod op;
mod plan;
mod record;
mod scratch;
mod store;

pub use backward::Gradients;
pub use error::{ShapeError, TapeError};
pub use layout::{Lifetime, place};
pub use op::{BatchNorm, Pool, PoolKind, Update, Window};
pub use plan::{Cost, Plan};
pub use record::{Tape, Tensor};
pub use scratch::Scratch;
pub use store::{Slot, Store, StoreBuilder};
