//! Infers the space of an architecture from the form of its text.

use super::file::dialect::is_index;
use super::literal::Value;
use super::text::{Cursor, is_name};
use super::{ArchError, names, nasbench201, open};

/// Whether a text has the form of a space's architectures; it may still be invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// It does not have the form.
    No,
    /// It cannot be parsed, but contains names that only this space uses.
    Damaged,
    /// It has the form.
    Yes,
}

impl Recognition {
    /// Returns `Yes` if `complete`, else `Damaged` if `damaged`, else `No`.
    pub(super) fn new(complete: bool, damaged: bool) -> Self {
        match (complete, damaged) {
            (true, _) => Self::Yes,
            (_, true) => Self::Damaged,
            _ => Self::No,
        }
    }
}

/// An architecture text whose space is unknown.
pub struct ArchText<'a> {
    /// A cursor at the first character of the architecture.
    pub(super) cursor: Cursor<'a>,
    /// The name or number that the text starts with; empty if it starts with another character.
    pub(super) word: &'a str,
    /// The literal that the text starts with, if it can be parsed.
    pub(super) value: Option<Value<'a>>,
    /// The text after that literal.
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

    /// Returns the text from the architecture's first character on.
    pub(super) fn rest(&self) -> &'a str {
        self.cursor.rest()
    }

    /// Returns whether the text starts with a bracket.
    pub(super) fn is_bracketed(&self) -> bool {
        self.bracketed
    }

    /// Returns whether the text starts with a call of this name, `module.NAME(`.
    pub(super) fn calls(&self, name: &str) -> bool {
        !self.bracketed
            && self.cursor.peek() != Some('|')
            && self.rest().split('(').next().is_some_and(|path| path.ends_with(name))
    }

    /// Returns whether the text starts with a hexadecimal number and this character, like `0-1` or `1,3`.
    pub(super) fn has_number_before(&self, mark: char) -> bool {
        let rest = self.rest();
        let after = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        after.len() < rest.len() && after.trim_start().starts_with(mark)
    }

    /// Returns whether the text starts with a bracket, cannot be parsed, and contains one of these names.
    pub(super) fn is_broken_with(&self, names: &[&str]) -> bool {
        self.bracketed && self.value.is_none() && names.iter().any(|name| self.rest().contains(name))
    }
}

/// Infers the space of an architecture text, which may be invalid, from its form. Returns the space's name, or `None`
/// if the form fits no space or several.
///
/// ```
/// use graphpnas::space::infer_space;
///
/// assert_eq!(infer_space("0-1 1-2;conv3x3-bn-relu"), Some("nasbench101"));
/// assert_eq!(infer_space("no architecture"), None);
/// ```
#[must_use]
pub fn infer_space(arch: &str) -> Option<&'static str> {
    let text = ArchText::new(arch).ok()?;
    text.cursor.peek()?;
    // The text form of space files, which is the same for all of them.
    let start = arch.trim_start().trim_start_matches(['"', '\'']);
    if start.starts_with("n:") || start.starts_with("e:") || arch.contains("| n:") || arch.contains("| e:") {
        return None;
    }
    // `nasbench201:INDEX` has the form of a number of other spaces.
    if is_index(&text.cursor) {
        return Some(nasbench201::NAME);
    }
    let found: Vec<_> =
        names().into_iter().filter_map(|name| Some((name, open(name).ok()?.recognises(&text)))).collect();
    let mut complete = found.iter().filter(|(_, recognition)| *recognition == Recognition::Yes);
    match (complete.next(), complete.next()) {
        (Some((name, _)), None) => Some(name),
        (Some(_), Some(_)) => None,
        _ => found.iter().find(|(_, recognition)| *recognition == Recognition::Damaged).map(|(name, _)| *name),
    }
}
