//! What can go wrong while a network is trained.

use crate::child::ChildError;
use crate::data::LoaderError;
use crate::nn::{CheckpointError, ContentError};
use crate::shown::Show;
use crate::space::BuildError;
use crate::tape::{ShapeError, TapeError};
use std::path::PathBuf;
use thiserror::Error;

/// Why a network was not trained to the end.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The network cannot be built.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The images do not suit the recipe.
    #[error(transparent)]
    Data(#[from] LoaderError),
    /// The device failed, or the network does not fit it.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The loss is no longer a number.
    #[error("the loss became {loss} in epoch {epoch}, step {step}: lower the learning rate, or clip the gradient")]
    Diverged {
        /// What it became.
        loss: f32,
        /// The epoch, from 1.
        epoch: usize,
        /// The step in it, from 1.
        step: usize,
    },
    /// The state of shared weights cannot be told or taken up.
    #[error("the shared weights cannot be kept or taken up: {0}")]
    State(String),
    /// A picture that is not of the size that the network takes.
    #[error("a picture of {bytes} bytes was given to a network that takes {expected}")]
    Picture {
        /// Its bytes.
        bytes: usize,
        /// Bytes of a picture of the right size.
        expected: usize,
    },
    /// A network whose output is not a number.
    #[error("the network's output is not a number: its training diverged; train it again with a lower learning rate")]
    NoNumber,
    /// A training that is to end before the epoch it is in.
    #[error("the training has come to epoch {done}; its epochs (--epochs) must be at least {done}, not {asked}")]
    Shortened {
        /// The epochs it has begun.
        done: usize,
        /// The epochs it was to have in all.
        asked: usize,
    },
    /// Whoever watches wanted it to stop.
    #[error("the training was stopped")]
    Stopped,
    /// The checkpoint's file.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file that is no checkpoint of a training, or one of another network or data set.
    #[error("the checkpoint {} does not fit: {why}", path.shown())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
}

impl From<ContentError> for TrainError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Store(error) => Self::Tape(error),
            error => Self::State(error.to_string()),
        }
    }
}

impl From<BuildError> for TrainError {
    fn from(error: BuildError) -> Self {
        Self::Child(error.into())
    }
}

impl From<ShapeError> for TrainError {
    fn from(error: ShapeError) -> Self {
        Self::Tape(error.into())
    }
}
