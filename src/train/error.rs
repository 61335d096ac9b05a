//! Errors of training a network.

use crate::child::ChildError;
use crate::data::LoaderError;
use crate::nn::{CheckpointError, ContentError};
use crate::shown::Show;
use crate::space::BuildError;
use crate::tape::{ShapeError, TapeError};
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a training failed or was stopped.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The network cannot be built.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The images do not suit the recipe.
    #[error(transparent)]
    Data(#[from] LoaderError),
    /// The device failed, or the network does not fit into its memory.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The loss is no longer finite.
    #[error("the loss became {loss} in epoch {epoch}, step {step}: lower the learning rate, or clip the gradient")]
    Diverged {
        /// The loss.
        loss: f32,
        /// The epoch, from 1.
        epoch: usize,
        /// The step of the epoch, from 1.
        step: usize,
    },
    /// The state of the shared weights cannot be saved or restored.
    #[error("the shared weights cannot be saved or restored: {0}")]
    State(String),
    /// An image or signal that does not have the size of the network's input.
    #[error("an input has {found} values; the network takes inputs of {expected} values")]
    InputSize {
        /// The number of values: the bytes of an image, the numbers of a signal.
        found: usize,
        /// The number of values of the network's input.
        expected: usize,
    },
    /// Images for a network that takes signals, or signals for one that takes images.
    #[error("the network takes {takes}, not {given}")]
    InputKind {
        /// What the network takes.
        takes: &'static str,
        /// What it was given.
        given: &'static str,
    },
    /// A network whose output is not finite.
    #[error("the network's output is not a number: its training diverged; train it again with a lower learning rate")]
    NotFinite,
    /// A requested number of epochs that is below the number of epochs already begun.
    #[error("the training has already reached epoch {done}; --epochs must be at least {done}, not {asked}")]
    TooFewEpochs {
        /// The number of epochs already begun.
        done: usize,
        /// The requested number of epochs.
        asked: usize,
    },
    /// The watcher stopped the training.
    #[error("the training was stopped")]
    Stopped,
    /// The file of a checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file that is not a checkpoint of a training, or one of another network or data set.
    #[error("the checkpoint {} does not fit: {why}", path.shown())]
    Incompatible {
        /// The file.
        path: PathBuf,
        /// The mismatch.
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
