//! What can go wrong while a network is built and recorded.

use crate::network::NetworkError;
use crate::space::{ArchError, BuildError, UnknownSpace};
use crate::tape::{ShapeError, TapeError};

/// A network that cannot be built or recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// No network of the architecture.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A network that cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A space that does not exist.
    #[error(transparent)]
    Space(#[from] UnknownSpace),
    /// A text that is no architecture.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// The tape refused an operation.
    #[error(transparent)]
    Recording(#[from] ShapeError),
    /// The store refused a weight.
    #[error(transparent)]
    Tape(#[from] TapeError),
}
