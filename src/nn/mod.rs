//! Layers, initialisers, optimizers, schedules and checkpoints of networks.
//!
//! A layer adds its slots to a [`crate::tape::StoreBuilder`] under PyTorch's names and records its forward pass on a
//! [`crate::tape::Tape`].

mod checkpoint;
mod checksum;
mod error;
mod image;
mod init;
mod linear;
mod optimizer;
mod rnn;
mod schedule;

pub use checkpoint::{Checkpoint, NamedTensor, STATE, load, load_subset, save};
pub use error::{CheckpointError, ContentError};
pub use image::{BatchNorm2d, Conv2d};
pub use init::{Init, fill_normal, fill_uniform, normal, uniform};
pub use linear::{Linear, Mlp};
pub use optimizer::{Optimizer, OptimizerSettings};
pub use rnn::{GruCell, LstmCell};
pub use schedule::{LearningRate, Schedule};
