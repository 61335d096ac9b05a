//! Errors of space files.

use crate::shown::{self, Show};

/// A fault in a space definition, at a line and key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {}", in_key(key), shown::line(what))]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The dotted key; empty if the fault concerns no single key.
    pub key: String,
    /// What is wrong and what is allowed.
    pub what: String,
}

fn in_key(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!(", {}", key.shown()) }
}
