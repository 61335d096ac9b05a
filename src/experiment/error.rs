//! Why a search cannot be set up, or failed.

use crate::evaluate::{TableError, UnknownDataset};
#[cfg(feature = "runs")]
use crate::run::RunError;
use crate::search::{ConfigError, MemoryError, SearchError};
use crate::space::UnknownSpace;
use crate::train::TrainError;
use thiserror::Error;

/// Why a search cannot be set up, or failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// Something was asked for that cannot be; the message names the remedy.
    #[error("{0}")]
    Refused(String),
    /// Something failed: images that cannot be read, a device that cannot be opened.
    #[error("{0}")]
    Failed(String),
    /// A configuration that is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A search space that does not exist.
    #[error(transparent)]
    Space(#[from] UnknownSpace),
    /// A data set that no table has.
    #[error(transparent)]
    Dataset(#[from] UnknownDataset),
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The search itself.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The folder that a run is kept in.
    #[cfg(feature = "runs")]
    #[error(transparent)]
    Run(#[from] RunError),
}

impl ExperimentError {
    /// Whether the configuration, or what was given with it, has to change; otherwise something failed.
    #[must_use]
    pub fn is_usage_error(&self) -> bool {
        match self {
            Self::Config(error) => !matches!(error, ConfigError::Read { .. }),
            Self::Table(error) => matches!(error, TableError::Dataset(_)),
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
