//! The operations that a space file defines (`[op]`).

use super::error::Fault;
use super::kind::Kind;
use super::tree::Value;
use super::width::Width;

/// The largest kernel, dilation, number of repetitions and expansion.
pub(super) const MAX_ARGUMENT: usize = 64;

/// The largest number of operations after all lists of arguments are expanded.
pub(super) const MAX_OPERATIONS: usize = 250;

/// The largest number of blocks inside each other or in a row.
pub(super) const MAX_BLOCKS: usize = 200;

/// An operation with its own stride and width, if it has any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) stride: Option<usize>,
    pub(super) channels: Option<Width>,
}

/// Blocks with the names of their weights.
pub(super) type NamedBlocks = Vec<(String, Block)>;

/// A named operation of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Op {
    pub(super) name: String,
    pub(super) block: Block,
}

impl Block {
    /// The number of blocks, including those inside.
    pub(super) fn size(&self) -> usize {
        1 + self.kind.inner().iter().map(|(_, block)| block.size()).sum::<usize>()
    }
}

/// Checks the name of an operation, part, choice or weight: letters, digits, `_` and `-`.
pub(super) fn check_name(value: &Value, name: &str) -> Result<(), Fault> {
    let fits = !name.is_empty() && name.len() <= 40;
    match fits && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        true => Ok(()),
        false => Err(value.fault(format!("`{name}` is not a name: 1 to 40 letters, digits, `_` or `-` are allowed"))),
    }
}

/// Joins names for a message.
pub(super) fn list_or(names: &[&str], nothing: &str) -> String {
    if names.is_empty() { nothing.to_owned() } else { names.join(", ") }
}
