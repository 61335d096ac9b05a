//! Training child networks: recipes, the trainer, checkpoints (docs/method.md section 5).
//!
//! A [`Trainer`] owns a network's weights on a device and two plans over them, one that learns from a batch and one that
//! counts hits. [`Parts`] are the loaders of a data set's training, validation and test images. Everything random is keyed
//! by the seed, the epoch and the step, so that a run goes on from a checkpoint as if it had never stopped. [`Shared`] are
//! the weights that all children of a space have in common, with a plan for each child that is trained or looked at.

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
