//! Training of networks: recipes, the trainer, checkpoints (docs/method.md section 5).
//!
//! A [`Trainer`] owns a network's weights on a device and two plans over them, one for training and one for evaluation.
//! [`Parts`] are the loaders of a data set's training, validation and test images. All random numbers are keyed by the
//! seed, the epoch and the step, so that a training resumed from a checkpoint gives the same result as an uninterrupted
//! one. [`Shared`] holds the weights that all networks of a space share, with a plan for each trained or evaluated
//! child.

mod checkpoint;
mod classes;
mod error;
mod footprint;
mod interface;
mod model;
mod parts;
mod plans;
mod predictor;
mod profile;
mod recent;
mod recipe;
mod recipes;
mod score;
mod shared;
mod trainer;

pub use checkpoint::SavedTraining;
pub use classes::{ClassResult, ClassResults, Mistake};
pub use error::TrainError;
pub use footprint::Footprint;
pub use interface::Interface;
pub use model::Model;
pub use parts::Parts;
pub use predictor::Predictor;
pub use profile::{KernelTime, Profile, latency, profile_inference, profile_step};
pub use recipe::{Recipe, RecipeError};
pub use recipes::{RECIPES, recipe, recipe_names};
pub use score::{EpochRecord, Score};
pub use shared::{Shared, SharedProgress};
pub use trainer::{HeldOut, Silent, Trainer, Until, Watcher};
