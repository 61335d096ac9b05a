//! Errors as the command line tells them: one sentence, and the exit code that goes with it.

use crate::evaluate::{TableError, UnknownDataset};
use crate::experiment::ExperimentError;
use crate::generator::GeneratorError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::search::{ConfigError, SearchError};
use crate::shown::Show;
use crate::space::UnknownSpace;
use crate::train::TrainError;
use clap::error::{ContextKind, ErrorKind};
use std::error::Error as _;
use std::path::PathBuf;
use thiserror::Error;

/// Anything a subcommand can fail with.
#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error("{}", in_one_line(.0))]
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
    /// The result was printed, and this is what is wrong with it.
    #[error("{0}")]
    Found(String),
    #[error("interrupted; go on with: graphpnas search --resume {}", folder.shown())]
    Interrupted { folder: PathBuf, code: u8 },
    #[error("cannot write {}: {source}", path.shown())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot write to standard output: {0}")]
    Stdout(std::io::Error),
    #[error("cannot write the result as text: {0}")]
    Text(String),
}

/// Errors of the library's layers, which are those of an experiment too.
macro_rules! of_experiment {
    ($($error:ty),*) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Experiment(error.into())
            }
        })*
    };
}

of_experiment!(ConfigError, RunError, SearchError, TableError, TrainError, UnknownDataset, UnknownSpace);

impl CliError {
    /// 2 when the command line or configuration has to change, 1 when something failed under way.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Arguments(_) | Self::Usage(_) => 2,
            Self::Experiment(error) if error.is_of_usage() => 2,
            Self::Interrupted { code, .. } => *code,
            _ => 1,
        }
    }
}

/// Whether a value of a flag is refused, which needs no usage to be understood.
pub(super) fn is_of_value(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::ValueValidation
}

/// What is wrong with the arguments, without the usage below it.
fn in_one_line(error: &clap::Error) -> String {
    let said = |kind| error.get(kind).map(ToString::to_string);
    let parts = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue), error.source());
    if let (true, (Some(flag), Some(value), Some(why))) = (is_of_value(error), parts) {
        let flag = flag.split(" <").next().unwrap_or_default();
        return format!("{flag} {}: {why}", value.escape_debug());
    }
    let text = error.to_string();
    let message = text.split("\n\nUsage:").next().unwrap_or_default();
    let words: Vec<_> = message.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}
