//! The autodiff tape: operations are recorded once, gradient operations are appended, and the resulting plan is run
//! repeatedly.
//!
//! Model code records operations on a [`Tape`]; [`Tape::backward`] appends the gradient operations; a [`Plan`] assigns
//! memory to every intermediate by liveness and is run as often as needed. Tensors that outlive a plan (weights,
//! optimizer state, running statistics) are in a [`Store`], which several plans may share.

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
pub use op::{BatchNorm, ConvSettings, Pool, PoolKind, Update};
pub use plan::{Plan, PlanCost};
pub use record::{Tape, Tensor};
pub use scratch::Scratch;
pub use store::{Slot, Store, StoreBuilder};
