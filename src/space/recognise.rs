//! Infers the space of an architecture from the form of its text.

use super::literal::Value;
use super::text::{Cursor, is_name};
use super::{ArchError, by_name, names};

/// Whether a text has the form in which a space writes its architectures; it need not be a valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// It has not.
    No,
    /// It cannot be read, but contains what only this space writes.
    Damaged,
    /// It has.
    Yes,
}

impl Recognition {
    /// The better of two: what `complete` says, else what `damaged` does.
    pub(super) fn of(complete: bool, damaged: bool) -> Self {
        match (complete, damaged) {
            (true, _) => Self::Yes,
            (_, true) => Self::Damaged,
            _ => Self::No,
        }
    }
}

/// An architecture text whose space is not known.
pub struct ArchText<'a> {
    /// At the first character of the architecture.
    pub(super) cursor: Cursor<'a>,
    /// The name or number that the text begins with; empty where it begins otherwise.
    pub(super) word: &'a str,
    /// The literal that the text begins with, where it can be read.
    pub(super) value: Option<Value<'a>>,
    /// What follows that literal.
    pub(super) after_value: &'a str,
    bracketed: bool,
}

impl<'a> ArchText<'a> {
    fn new(text: &'a str) -> Result<Self, ArchError> {
        let cursor = Cursor::open(text)?;
        let bracketed = matches!(cursor.peek(), Some('[' | '(' | '{'));
        let mut behind = cursor.clone();
        let value = if bracketed { behind.value().ok() } else { None };
        Ok(Self { word: cursor.clone().run(is_name), value, after_value: behind.rest(), bracketed, cursor })
    }

    /// The text from the architecture's first character on.
    pub(super) fn rest(&self) -> &'a str {
        self.cursor.rest()
    }

    /// Whether it begins with a bracket.
    pub(super) fn is_bracketed(&self) -> bool {
        self.bracketed
    }

    /// Whether it begins with a call of this name, `module.NAME(`.
    pub(super) fn calls(&self, name: &str) -> bool {
        !self.bracketed && self.rest().split_once('(').is_some_and(|(path, _)| path.ends_with(name))
    }

    /// Whether it begins with a hexadecimal number and then this character, like `0-1` or `1,3`.
    pub(super) fn has_number_before(&self, mark: char) -> bool {
        let rest = self.rest();
        let after = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        after.len() < rest.len() && after.trim_start().starts_with(mark)
    }

    /// Whether it is in brackets, cannot be read, and contains one of these names.
    pub(super) fn is_broken_with(&self, names: &[&str]) -> bool {
        self.bracketed && self.value.is_none() && names.iter().any(|name| self.rest().contains(name))
    }
}

/// The name of the space that writes its architectures like `arch`, which need not be a valid one. `None` where no space
/// does, or more than one.
#[must_use]
pub fn of_text(arch: &str) -> Option<&'static str> {
    let text = ArchText::new(arch).ok()?;
    text.cursor.peek()?;
    let found: Vec<_> =
        names().into_iter().filter_map(|name| Some((name, by_name(name).ok()?.recognises(&text)))).collect();
    let mut complete = found.iter().filter(|(_, recognition)| *recognition == Recognition::Yes);
    match (complete.next(), complete.next()) {
        (Some((name, _)), None) => Some(name),
        (Some(_), Some(_)) => None,
        _ => found.iter().find(|(_, recognition)| *recognition == Recognition::Damaged).map(|(name, _)| *name),
    }
}
