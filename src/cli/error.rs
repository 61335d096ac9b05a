//! Errors as the command line tells them: one sentence, and the exit code that goes with it.

use crate::evaluate::{TableError, UnknownDataset};
use crate::generator::GeneratorError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::search::{ConfigError, SearchError};
use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;

/// Anything a subcommand can fail with.
#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Dataset(#[from] UnknownDataset),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("interrupted; go on with: graphpnas search --resume {}", folder.display())]
    Interrupted { folder: PathBuf, code: u8 },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot write to standard output: {0}")]
    Stdout(std::io::Error),
    #[error("cannot write the result as text: {0}")]
    Text(String),
}

impl CliError {
    /// 2 when the command line or configuration has to change, 1 when something failed under way.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(ConfigError::Read { .. }) => ExitCode::from(1),
            Self::Usage(_) | Self::Config(_) | Self::Dataset(_) => ExitCode::from(2),
            Self::Table(TableError::Dataset(_)) | Self::Search(SearchError::Budget { .. }) => ExitCode::from(2),
            Self::Interrupted { code, .. } => ExitCode::from(*code),
            _ => ExitCode::from(1),
        }
    }
}
