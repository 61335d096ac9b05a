//! Errors of the configuration.

use crate::shown::{Show, line as shown_line};
use std::path::PathBuf;
use thiserror::Error;

/// Why a configuration is invalid; one sentence with the location.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// An unknown preset.
    #[error("unknown preset '{}'; known are {known}", name.shown())]
    Preset {
        /// The unknown name.
        name: String,
        /// The known names.
        known: String,
    },
    /// The configuration file could not be read.
    #[error("cannot read the configuration {}: {source}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system error.
        source: std::io::Error,
    },
    /// The text is not TOML.
    #[error("{}: not valid TOML: {}", shown_line(.place), shown_line(.what))]
    Syntax {
        /// File and line.
        place: String,
        /// Message of the parser.
        what: String,
    },
    /// A `--set` without `=`.
    #[error("--set {}: write it as key=value, for example --set train.epochs=50", shown_line(.0))]
    Assignment(String),
    /// A key that does not exist.
    #[error("{}: unknown key '{}'; {}", shown_line(.place), shown_line(.key), match nearest {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => "`graphpnas config show` lists the keys".to_owned(),
    })]
    UnknownKey {
        /// File and line, or flag.
        place: String,
        /// The key given.
        key: String,
        /// The most similar known key, if any.
        nearest: Option<String>,
    },
    /// A value of the wrong type or out of range.
    #[error("{}: {} {}", shown_line(.place), shown_line(.key), shown_line(.what))]
    Value {
        /// File and line, or flag.
        place: String,
        /// The key.
        key: String,
        /// What the value must be.
        what: String,
    },
}
