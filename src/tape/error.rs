//! Errors of recording, planning and running.

use crate::device::DeviceError;
use thiserror::Error;

/// Operands of incompatible shapes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{operation}: {why}")]
pub struct ShapeError {
    /// The operation.
    pub operation: &'static str,
    /// The shapes and the requirement.
    pub why: String,
}

impl ShapeError {
    /// Creates an error of `operation`.
    pub fn new(operation: &'static str, why: impl Into<String>) -> Self {
        Self { operation, why: why.into() }
    }
}

/// An error of building or running a plan, or of a store.
#[derive(Debug, Error)]
pub enum TapeError {
    /// Incompatible shapes.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// An error of the device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The plan does not keep the tensor until the end of a run.
    #[error("the plan does not keep tensor {0}: pass it to `keep` when the plan is created")]
    NotKept(usize),
    /// There is no slot with this name.
    #[error("the store has no tensor named '{0}'")]
    UnknownSlot(String),
    /// A tensor has too many elements for 32-bit indices.
    #[error("{what} has {numbers} elements, but a tensor can have at most {}", u32::MAX)]
    TooLarge {
        /// The tensor.
        what: String,
        /// Its number of elements.
        numbers: usize,
    },
    /// The number of given values differs from the tensor's size.
    #[error("{what} has {expected} elements, but {given} values were given")]
    Length {
        /// The tensor.
        what: String,
        /// Its number of elements.
        expected: usize,
        /// The number of given values.
        given: usize,
    },
}

impl TapeError {
    /// Whether a tensor does not fit in memory, so that a smaller network or batch may help.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        match self {
            Self::TooLarge { .. } => true,
            Self::Device(error) => error.is_out_of_memory(),
            _ => false,
        }
    }
}
