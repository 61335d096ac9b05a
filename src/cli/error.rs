//! Errors of the command line: one sentence each, with an exit code.

use crate::evaluate::{TableError, UnknownDataset};
use crate::experiment::ExperimentError;
use crate::generator::GeneratorError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::search::{ConfigError, SearchError};
use crate::shown::Show;
use crate::space::SpaceError;
use crate::train::TrainError;
use clap::error::{ContextKind, ErrorKind};
use std::error::Error as _;
use std::path::PathBuf;
use thiserror::Error;

/// Any error of a subcommand.
#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error("{}", one_line(.0))]
    Arguments(#[from] clap::Error),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The result was printed, but some inputs were invalid.
    #[error("{0}")]
    InvalidInputs(String),
    #[error("interrupted; resume with: graphpnas search --resume {}", folder.shown())]
    Interrupted { folder: PathBuf, code: u8 },
    #[error("cannot write {}: {source}", path.shown())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot write to standard output: {0}")]
    Stdout(std::io::Error),
    #[error("cannot write the result as text: {0}")]
    Text(String),
}

/// Converts errors of lower layers by way of [`ExperimentError`].
macro_rules! via_experiment {
    ($($error:ty),*) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Experiment(error.into())
            }
        })*
    };
}

via_experiment!(ConfigError, RunError, SearchError, TableError, TrainError, UnknownDataset, SpaceError);

impl CliError {
    /// 2 for a wrong command line or configuration, 1 for a failure during execution; 128 plus the signal's number after a
    /// signal.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Arguments(_) | Self::Usage(_) => 2,
            Self::Experiment(error) if error.is_usage_error() => 2,
            Self::Interrupted { code, .. } => *code,
            _ => 1,
        }
    }
}

/// Whether the error is an invalid flag value; its message needs no usage text.
pub(super) fn is_invalid_value(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::ValueValidation
}

/// The message of an argument error on one line, without the usage text.
fn one_line(error: &clap::Error) -> String {
    let context = |kind| error.get(kind).map(ToString::to_string);
    let parts = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue), error.source());
    if let (true, (Some(flag), Some(value), Some(why))) = (is_invalid_value(error), parts) {
        let flag = flag.split(" <").next().unwrap_or_default();
        return format!("{flag} {}: {why}", value.escape_debug());
    }
    let text = error.to_string();
    let message = text.split("\n\nUsage:").next().unwrap_or_default();
    let words: Vec<_> = message.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}
