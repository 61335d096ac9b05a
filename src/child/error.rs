//! Errors of building and recording a network.

use crate::network::NetworkError;
use crate::space::{ArchError, BuildError, SpaceError};
use crate::tape::{ShapeError, TapeError};

/// A network that cannot be built or recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// The network of the architecture cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The network cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The name of the space is unknown.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The text is not an architecture.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// The tape rejected an operation.
    #[error(transparent)]
    Recording(#[from] ShapeError),
    /// The store rejected a weight.
    #[error(transparent)]
    Tape(#[from] TapeError),
}
