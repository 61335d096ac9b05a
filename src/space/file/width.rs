//! Numbers of channels in a space file.

use super::error::Fault;
use super::tree::{Tree, Value};

/// The largest width.
const MAX_WIDTH: usize = 1 << 16;

/// A number of channels: fixed, or relative to the running width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Fixed(usize),
    Times(usize),
    Over(usize),
}

impl Width {
    /// Reads `N`, `"xN"`, `"/N"`, `"{s}"`, `"{s}*N"` or `"{s}/N"`; `setting` returns the number of a name.
    pub(super) fn read(value: &Value, setting: &dyn Fn(&str) -> Option<Result<usize, Fault>>) -> Result<Self, Fault> {
        const FORMS: &str = "a number of channels, \"xN\", \"/N\", \"{setting}\", \"{setting}*N\" or \"{setting}/N\"";
        let Tree::Text(text) = &value.tree else { return value.integer(1, MAX_WIDTH).map(Self::Fixed) };
        let number = |text: &str| text.trim().parse().ok().filter(|number| (1..=MAX_WIDTH).contains(number));
        let wrong = || value.expected(FORMS);
        if let Some(times) = text.strip_prefix('x') {
            return number(times).map(Self::Times).ok_or_else(wrong);
        }
        if let Some(over) = text.strip_prefix('/') {
            return number(over).map(Self::Over).ok_or_else(wrong);
        }
        let (name, rest) = text.strip_prefix('{').and_then(|text| text.split_once('}')).ok_or_else(wrong)?;
        let base = setting(name).ok_or_else(|| value.fault(format!("no setting or choice `{name}`")))??;
        let width = match rest.trim().split_at_checked(1) {
            None => Some(base),
            Some(("*", factor)) => number(factor).and_then(|factor| base.checked_mul(factor)),
            Some(("/", divisor)) => number(divisor).map(|divisor| base.div_ceil(divisor)),
            Some(_) => return Err(wrong()),
        };
        let width = width.filter(|width| (1..=MAX_WIDTH).contains(width));
        width.map(Self::Fixed).ok_or_else(|| value.fault(format!("the width must be 1 to {MAX_WIDTH}")))
    }

    /// Returns the width relative to the running one.
    pub(super) fn of(self, running: usize) -> usize {
        match self {
            Self::Fixed(width) => width,
            Self::Times(factor) => running.saturating_mul(factor),
            Self::Over(divisor) => running.div_ceil(divisor),
        }
    }
}
