//! Command-line flags that set configuration keys.

use crate::generator::generator_kind;
use std::fmt;
use toml::Value;

/// A flag that sets a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// The flag as written on the command line, for example `--seed`.
    pub name: &'static str,
    /// The dotted key.
    pub key: &'static str,
    /// Its value.
    pub value: Value,
}

impl Flag {
    /// Creates a flag with a text value.
    #[must_use]
    pub fn text(name: &'static str, key: &'static str, value: impl Into<String>) -> Self {
        Self { name, key, value: Value::String(value.into()) }
    }

    /// Creates a flag with an integer value. Values above 2^63 - 1, which TOML integers cannot represent, become text.
    #[must_use]
    pub fn integer(name: &'static str, key: &'static str, value: u64) -> Self {
        let value = i64::try_from(value).map_or_else(|_| Value::String(value.to_string()), Value::Integer);
        Self { name, key, value }
    }

    /// Creates a flag with a boolean value.
    #[must_use]
    pub fn boolean(name: &'static str, key: &'static str, value: bool) -> Self {
        Self { name, key, value: Value::Boolean(value) }
    }
}

/// Formats the flag as on the command line.
impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::String(text) => write!(f, "{} {text}", self.name),
            value => write!(f, "{} {value}", self.name),
        }
    }
}

/// Returns the settings implied by the choice of a generator with the flag `name`.
///
/// A generator without training explores on its own: exploration rounds before it would distort a comparison, except
/// those of a scored pool, which is the same for all generators. A generator with a fixed list has no guide.
#[must_use]
pub fn implied(name: &'static str, generator: &str, explores_pool: bool) -> Vec<Flag> {
    let no_exploration = Flag::text(name, "explore.schedule", "none");
    match generator_kind(generator) {
        Some(kind) if kind.order.is_some() => vec![no_exploration, Flag::integer(name, "guide.candidates", 1)],
        Some(kind) if !kind.learned && !explores_pool => vec![no_exploration],
        _ => Vec::new(),
    }
}
