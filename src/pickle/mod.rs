//! Reads Python pickles as data, without running code.
//!
//! A pickle is a program for a small stack machine that can call functions by name. This machine supports protocols 0
//! to 5 and a short list of harmless calls (`call.rs`), which it replaces by data; any other call is an error. Classes
//! and functions that are only named become [`Node::Global`], and the parts of torch tensors [`Node::Opaque`].
//!
//! Protection against malicious pickles: values are stored in a flat list and refer to each other by index, so nothing
//! recurses on nested or cyclic values, and the memory of every value and copy is limited by a [`BUDGET`].

mod call;
mod error;
mod input;
mod machine;
mod numpy;
mod text;

pub use error::{Fault, PickleError};
pub use machine::BUDGET;

use std::sync::Arc;

/// The index of a value in the pickle's list.
type Id = u32;

/// A value; it refers to contained values by index.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A float, or a numpy scalar of any numeric type.
    Float(f64),
    /// A string.
    Str(Box<str>),
    /// `bytes` or `bytearray`.
    Bytes(Arc<[u8]>),
    /// A list, tuple or set, in file order.
    List(Vec<u32>),
    /// A dictionary of any class, in file order; a key that is set twice has two entries.
    Dict(Vec<(u32, u32)>),
    /// A numpy array of a numeric type other than `uint8`, in memory order.
    Array(Vec<f64>),
    /// A numpy array of bytes (`uint8`) in row-major order.
    ByteArray(ByteArray),
    /// A numpy data type.
    Type(Number),
    /// The name of a class or function.
    Global(Box<str>),
    /// A value that is not represented.
    Opaque,
}

/// A numpy array of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteArray {
    /// The length of each axis; the product is the number of bytes.
    pub shape: Vec<usize>,
    /// The bytes in row-major order.
    pub bytes: Arc<[u8]>,
}

/// A numeric numpy data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// `f`, `i`, `u` or `b`.
    kind: u8,
    /// Bytes of a value.
    size: usize,
    big_endian: bool,
}

/// A parsed pickle.
#[derive(Debug)]
pub struct Pickle {
    nodes: Vec<Node>,
    root: Id,
}

/// A value of a [`Pickle`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    pickle: &'a Pickle,
    id: Id,
}

impl Pickle {
    /// Parses the pickle at the start of `bytes`.
    ///
    /// # Errors
    /// [`PickleError`] with the offset of the instruction: a call that is not allowed, an unknown or invalid
    /// instruction, a pickle that is cut off, or more memory than [`BUDGET`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PickleError> {
        Self::parse_within(bytes, BUDGET)
    }

    /// Parses a pickle with another limit on the memory of its values, in bytes.
    ///
    /// # Errors
    /// As [`Pickle::parse`].
    pub fn parse_within(bytes: &[u8], budget: usize) -> Result<Self, PickleError> {
        machine::run(bytes, budget).map(|(nodes, root)| Self { nodes, root })
    }

    /// The value of the pickle.
    pub fn root(&self) -> Value<'_> {
        Value { pickle: self, id: self.root }
    }
}

impl<'a> Value<'a> {
    /// The node of the value.
    pub fn node(self) -> &'a Node {
        self.pickle.nodes.get(self.id as usize).unwrap_or(&Node::Opaque)
    }

    fn other(self, id: Id) -> Self {
        Value { id, ..self }
    }

    /// The entries of a dictionary; empty for other values.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = (Value<'a>, Value<'a>)> {
        let entries = if let Node::Dict(entries) = self.node() { &entries[..] } else { &[] };
        entries.iter().map(move |&(key, value)| (self.other(key), self.other(value)))
    }

    /// The items of a list, tuple or set; empty for other values.
    pub fn items(self) -> impl ExactSizeIterator<Item = Value<'a>> {
        let items = if let Node::List(items) = self.node() { &items[..] } else { &[] };
        items.iter().map(move |&id| self.other(id))
    }

    /// Looks up a string key (stored as string or bytes) in a dictionary; of several entries, the last.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.entries().rev().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The value as a string; also converts UTF-8 bytes, as Python 3 writes strings read from Python 2 pickles.
    pub fn as_str(self) -> Option<&'a str> {
        match self.node() {
            Node::Str(text) => Some(text),
            Node::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The value as a byte array.
    pub fn as_byte_array(self) -> Option<&'a ByteArray> {
        if let Node::ByteArray(array) = self.node() { Some(array) } else { None }
    }

    /// The value as an integer.
    pub fn as_i64(self) -> Option<i64> {
        if let Node::Int(value) = self.node() { Some(*value) } else { None }
    }

    /// The value as a float; also converts integers (to the nearest float) and arrays with one element.
    pub fn as_f64(self) -> Option<f64> {
        match self.node() {
            Node::Float(value) => Some(*value),
            Node::Int(value) => Some(*value as f64),
            Node::Array(values) if values.len() == 1 => values.first().copied(),
            Node::ByteArray(ByteArray { bytes, .. }) if bytes.len() == 1 => bytes.first().copied().map(f64::from),
            _ => None,
        }
    }
}
