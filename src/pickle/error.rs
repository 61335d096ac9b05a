//! Why a pickle was not read.

use thiserror::Error;

/// What is wrong with a pickle, and at which byte.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("byte {offset} of the pickle: {fault}")]
pub struct PickleError {
    /// The instruction's place in the pickle.
    pub offset: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with an instruction of a pickle.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The instruction calls something that is not on the list.
    #[error("it wants to call {0}, and this reader refuses to run code")]
    Call(String),
    /// The byte is no instruction, or one that needs the program that wrote the pickle.
    #[error("{0:#04x} is no instruction that is known")]
    Unknown(u8),
    /// The pickle ends before its stop instruction, or within an instruction.
    #[error("the pickle ends too early")]
    CutOff,
    /// The protocol is newer than 5.
    #[error("protocol {0} is not known")]
    Protocol(u8),
    /// The instruction takes more than there is on the stack, or the wrong kind of value.
    #[error("the instruction does not fit what was before it")]
    Stack,
    /// The instruction's number or text cannot be read.
    #[error("the number or text cannot be read")]
    Literal,
    /// The instruction refers to a value that was not kept.
    #[error("it refers to a value that is not there")]
    Memo,
    /// The numpy array or scalar is not what it says.
    #[error("the numpy data does not fit its type or shape")]
    Numpy,
    /// The pickle stands for more data than the reader takes.
    #[error("the pickle stands for more data than it may (256 MiB, of image sets 640 MiB)")]
    Budget,
}
