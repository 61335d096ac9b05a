//! Python pickles as data, without running any of the code they ask for.
//!
//! A pickle is a program for a small stack machine, and two of its instructions call functions by name. This machine
//! knows protocols 0 to 5 and a short list of harmless calls (`call.rs`), which it replaces by data of its own; at any
//! other call it stops. Classes and functions that are only named, and what torch's tensors are rebuilt from, become
//! [`Node::Opaque`].
//!
//! Hostile pickles: values stand in one flat list and refer to each other by place, so that nesting and cycles cost
//! nothing and nothing here recurses; every value and every copy is charged to a [`BUDGET`].

mod call;
mod error;
mod input;
mod machine;
mod numpy;
mod text;

pub use error::{Fault, PickleError};
pub use machine::BUDGET;

use std::sync::Arc;

/// The place of a value in the pickle's list.
type Id = u32;

/// A value; what it contains is referred to by place.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A float, also a numpy scalar of any kind of number.
    Float(f64),
    /// A text.
    Str(Box<str>),
    /// `bytes` or `bytearray`.
    Bytes(Arc<[u8]>),
    /// A list, a tuple or a set in the order of the file.
    List(Vec<u32>),
    /// A dictionary of any class, in the order of the file; a key that was set twice stands there twice.
    Dict(Vec<(u32, u32)>),
    /// A numpy array of numbers other than bytes, in the order of its memory.
    Array(Vec<f64>),
    /// A numpy array of bytes (`uint8`), its last axis varying fastest.
    ByteArray(ByteArray),
    /// A numpy data type.
    Type(Number),
    /// A class or function by name, which is all that is done with it.
    Global(Box<str>),
    /// Something that is left out.
    Opaque,
}

/// A numpy array of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteArray {
    /// Its length along each axis; their product is the number of bytes.
    pub shape: Vec<usize>,
    /// The bytes, the last axis varying fastest.
    pub bytes: Arc<[u8]>,
}

/// A numpy type of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// `f`, `i`, `u` or `b`.
    kind: u8,
    /// Bytes of a number.
    size: usize,
    big_endian: bool,
}

/// The data of a pickle.
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
    /// Reads the pickle that `bytes` begin with.
    ///
    /// # Errors
    /// [`PickleError`] with the byte of the instruction: a call that would run code, an unknown or broken instruction,
    /// an end before the pickle's, or more data than the [`BUDGET`] allows.
    pub fn parse(bytes: &[u8]) -> Result<Self, PickleError> {
        Self::parse_within(bytes, BUDGET)
    }

    /// The same with another number of bytes that its values may take.
    ///
    /// # Errors
    /// As [`Pickle::parse`].
    pub fn parse_within(bytes: &[u8], budget: usize) -> Result<Self, PickleError> {
        machine::run(bytes, budget).map(|(nodes, root)| Self { nodes, root })
    }

    /// The value that the pickle stands for.
    pub fn root(&self) -> Value<'_> {
        Value { pickle: self, id: self.root }
    }
}

impl<'a> Value<'a> {
    /// The value itself.
    pub fn node(self) -> &'a Node {
        self.pickle.nodes.get(self.id as usize).unwrap_or(&Node::Opaque)
    }

    fn other(self, id: Id) -> Self {
        Value { id, ..self }
    }

    /// The entries of a dictionary, none of any other value.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = (Value<'a>, Value<'a>)> {
        let entries = if let Node::Dict(entries) = self.node() { &entries[..] } else { &[] };
        entries.iter().map(move |&(key, value)| (self.other(key), self.other(value)))
    }

    /// The items of a list, tuple or set, none of any other value.
    pub fn items(self) -> impl ExactSizeIterator<Item = Value<'a>> {
        let items = if let Node::List(items) = self.node() { &items[..] } else { &[] };
        items.iter().map(move |&id| self.other(id))
    }

    /// The value that a dictionary has for a text, or for the bytes of it; the last where there are several.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.entries().rev().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The text, also one of bytes in UTF-8, as texts of Python 2 are when Python 3 has written them again.
    pub fn as_str(self) -> Option<&'a str> {
        match self.node() {
            Node::Str(text) => Some(text),
            Node::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The array of bytes.
    pub fn as_byte_array(self) -> Option<&'a ByteArray> {
        if let Node::ByteArray(array) = self.node() { Some(array) } else { None }
    }

    /// The integer.
    pub fn as_i64(self) -> Option<i64> {
        if let Node::Int(value) = self.node() { Some(*value) } else { None }
    }

    /// The number; an integer as the nearest float, an array of one number as that.
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
