//! Training of networks: progress, determinism, resuming, incompatible checkpoints, the oracle.

use crate::common;

mod checkpoint;
mod learning;
mod oracle;
mod profile;
mod recipe;
mod shared;

use graphpnas::data::Dataset;
use graphpnas::device::Device;
use graphpnas::train::{Model, Parts, Recipe, Trainer, recipe as named};

/// A NAS-Bench-201 cell with a path of one convolution and a skip.
pub const ARCH: &str = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|";

/// The quick recipe with few epochs and small batches.
pub fn quick(epochs: usize) -> Recipe {
    Recipe { batch: 16, ..named("quick").unwrap() }.with_epochs(epochs)
}

/// 80 training and 40 test images, a quarter of the training images held out.
pub fn parts(recipe: &Recipe, seed: u64) -> Parts {
    Parts::new(&Dataset::procedural(0, 80, 40), recipe, 0.25, 7, seed).unwrap()
}

/// The cell in four channels.
pub fn model(parts: &Parts) -> Model {
    Model { channels: 4, cells: 1, ..Model::new("nasbench201", ARCH, parts.task).unwrap() }
}

/// A trainer of the cell on the CPU.
pub fn trainer(recipe: &Recipe, parts: &Parts, seed: u64) -> Trainer {
    Trainer::new(model(parts), recipe.clone(), seed, &Device::Cpu).unwrap()
}
