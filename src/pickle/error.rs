//! Errors of reading pickles.

use thiserror::Error;

/// An error in a pickle, with its position.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("byte {offset} of the pickle: {fault}")]
pub struct PickleError {
    /// Byte offset of the instruction.
    pub offset: usize,
    /// The error.
    pub fault: Fault,
}

/// An error in an instruction of a pickle.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// A call that is not allowed.
    #[error("it calls {0}, but this reader does not run code")]
    Call(String),
    /// An unknown instruction, or one that needs the program that wrote the pickle.
    #[error("the instruction {0:#04x} is not supported")]
    Unknown(u8),
    /// The pickle ends before its stop instruction, or within an instruction.
    #[error("the pickle is cut off")]
    CutOff,
    /// The protocol is newer than 5.
    #[error("protocol {0} is not supported; supported are 0 to 5")]
    Protocol(u8),
    /// The stack has too few values or a value of the wrong type.
    #[error("the instruction does not match the values on the stack")]
    Stack,
    /// An invalid number or string.
    #[error("the number or string is invalid")]
    Literal,
    /// A reference to a value that was not stored in the memo.
    #[error("it refers to a value that was not stored")]
    Memo,
    /// An invalid numpy array or scalar.
    #[error("the numpy data does not match its type or shape")]
    Numpy,
    /// The values need more memory than allowed.
    #[error("the pickle needs more memory than allowed (256 MiB, for image sets 640 MiB)")]
    Budget,
}
