//! Errors of setting up and running a search.

use crate::evaluate::{TableError, UnknownDataset};
#[cfg(feature = "runs")]
use crate::run::RunError;
use crate::search::{ConfigError, MemoryError, SearchError};
use crate::space::SpaceError;
use crate::train::TrainError;
use thiserror::Error;

/// Why a search cannot be set up, or failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// An invalid request; the message names the remedy.
    #[error("{0}")]
    Refused(String),
    /// A failure, such as unreadable images or an unavailable device.
    #[error("{0}")]
    Failed(String),
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The search space is unknown.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// No table has the data set.
    #[error(transparent)]
    Dataset(#[from] UnknownDataset),
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The search failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The run folder is invalid or cannot be accessed.
    #[cfg(feature = "runs")]
    #[error(transparent)]
    Run(#[from] RunError),
}

impl ExperimentError {
    /// Whether the user's input is invalid; otherwise something failed.
    #[must_use]
    pub fn is_usage_error(&self) -> bool {
        match self {
            Self::Config(error) => !matches!(error, ConfigError::Read { .. }),
            Self::Table(error) => matches!(error, TableError::Dataset(_) | TableError::Column { .. }),
            Self::Search(error) => matches!(error, SearchError::Budget { .. }),
            Self::Refused(_) | Self::Space(_) | Self::Dataset(_) => true,
            _ => false,
        }
    }
}

impl From<MemoryError> for ExperimentError {
    fn from(error: MemoryError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<TrainError> for ExperimentError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Child(_) | TrainError::Data(_) => Self::Refused(error.to_string()),
            TrainError::Tape(source) if source.is_out_of_memory() => {
                Self::Refused(format!("{source}; lower the batch size, the number of channels or the image size"))
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}
