//! Layers, initialisers, optimizers, schedules and checkpoints of networks.
//!
//! A layer adds its slots to a [`crate::tape::StoreBuilder`] under PyTorch's names and records its forward pass on a
//! [`crate::tape::Tape`].

mod checkpoint;
mod image;
mod init;
mod linear;
mod optimizer;
mod rnn;
mod schedule;
mod seal;

pub use checkpoint::{CheckpointError, load, load_part, metadata, metadata_of, save, save_with};
pub use image::{BatchNorm2d, Conv2d};
pub use init::{Init, fill_normal, fill_uniform, normal, uniform};
pub use linear::{Linear, Mlp};
pub use optimizer::{Optimizer, OptimizerSettings};
pub use rnn::{GruCell, LstmCell};
pub use schedule::{LearningRate, Schedule};
pub use seal::{floats, is_sealed, seal, unseal};
