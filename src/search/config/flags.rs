//! Flags of the command line that set keys of the configuration.

use crate::generator::generator_kind;
use std::fmt;
use toml::Value;

/// A flag that sets a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// The flag as people write it, `--seed`.
    pub name: &'static str,
    /// The dotted key.
    pub key: &'static str,
    /// Its value.
    pub value: Value,
}

impl Flag {
    /// A text.
    #[must_use]
    pub fn text(name: &'static str, key: &'static str, value: impl Into<String>) -> Self {
        Self { name, key, value: Value::String(value.into()) }
    }

    /// An integer. TOML has none above 2^63 - 1; such a seed is a text.
    #[must_use]
    pub fn integer(name: &'static str, key: &'static str, value: u64) -> Self {
        let value = i64::try_from(value).map_or_else(|_| Value::String(value.to_string()), Value::Integer);
        Self { name, key, value }
    }

    /// True or false.
    #[must_use]
    pub fn boolean(name: &'static str, key: &'static str, value: bool) -> Self {
        Self { name, key, value: Value::Boolean(value) }
    }
}

/// As it stands on the command line.
impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::String(text) => write!(f, "{} {text}", self.name),
            value => write!(f, "{} {value}", self.name),
        }
    }
}

/// What follows from the choice of a generator with the flag `name`. One that does not learn explores by itself: rounds of another explorer
/// before it would blur a comparison, unless they are those of a scored pool, which is the same for all generators. A list has an
/// order of its own, so that no guide chooses from it.
#[must_use]
pub fn implied(name: &'static str, generator: &str, explores_pool: bool) -> Vec<Flag> {
    let no_exploration = Flag::text(name, "explore.schedule", "none");
    match generator_kind(generator) {
        Some(kind) if kind.order.is_some() => vec![no_exploration, Flag::integer(name, "guide.candidates", 1)],
        Some(kind) if !kind.learned && !explores_pool => vec![no_exploration],
        _ => Vec::new(),
    }
}
