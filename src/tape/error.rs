//! What can go wrong while recording, planning and running.

use crate::device::DeviceError;
use thiserror::Error;

/// Operands whose shapes do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{operation}: {why}")]
pub struct ShapeError {
    /// The operation that was to be recorded.
    pub operation: &'static str,
    /// The shapes and what they should be.
    pub why: String,
}

impl ShapeError {
    /// An error of `operation`.
    pub fn new(operation: &'static str, why: impl Into<String>) -> Self {
        Self { operation, why: why.into() }
    }
}

/// An error of building or running a plan, or of a store.
#[derive(Debug, Error)]
pub enum TapeError {
    /// Shapes that do not go together.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The device failed or refused.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A tensor that the plan does not hold at the end of a run.
    #[error("tensor {0} was not kept by the plan")]
    NotKept(usize),
    /// No slot of that name.
    #[error("the store has no tensor named '{0}'")]
    UnknownSlot(String),
    /// A tensor whose numbers a kernel cannot count.
    #[error("{what} would hold {numbers} numbers, more than the {} that one tensor can hold", u32::MAX)]
    TooLarge {
        /// The tensor.
        what: String,
        /// Its size.
        numbers: usize,
    },
    /// Numbers for a tensor of another size.
    #[error("{what} holds {expected} numbers, {given} were given")]
    Length {
        /// The tensor.
        what: String,
        /// Its size.
        expected: usize,
        /// The size of what was given.
        given: usize,
    },
}

impl TapeError {
    /// Whether there is no room for a tensor: a smaller network or batch may have some.
    #[must_use]
    pub fn is_of_memory(&self) -> bool {
        match self {
            Self::TooLarge { .. } => true,
            Self::Device(error) => error.is_of_memory(),
            _ => false,
        }
    }
}
