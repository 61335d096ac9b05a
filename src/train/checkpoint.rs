//! A training as one safetensors file: every weight and all the optimizer rewards_depend_on_history, the rest as JSON in its header.

use super::error::TrainError;
use super::model::Model;
use super::recipe::Recipe;
use super::trainer::{HeldOut, Trainer, TrainingProgress};
use crate::device::Device;
use crate::nn::{Checkpoint, CheckpointError};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The header's key.
const KEY: &str = "graphpnas.training";

/// What a checkpoint's header holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTraining {
    /// What is trained.
    pub model: Model,
    /// How.
    pub recipe: Recipe,
    /// The training's seed.
    pub seed: u64,
    /// The run of a search that kept it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Which training images it does not learn from; none in checkpoints of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
    place: TrainingProgress,
}

impl SavedTraining {
    /// Epochs that are done.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.place.epoch
    }

    /// Reads the description of a training from its checkpoint.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or is not a checkpoint of a training.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        Self::of(&Checkpoint::read(path)?, path)
    }

    /// The same from a checkpoint that was read; errors name its path.
    ///
    /// # Errors
    /// A checkpoint that is not one of a training.
    pub fn of(checkpoint: &Checkpoint, path: &Path) -> Result<Self, TrainError> {
        let foreign = |why: String| TrainError::Foreign { path: path.to_owned(), why };
        if !checkpoint.texts.contains_key(KEY) {
            return Err(foreign("it is not a checkpoint of `graphpnas train`".to_owned()));
        }
        checkpoint.json(KEY).map_err(|error| foreign(format!("its header does not read ({error})")))
    }
}

impl Trainer {
    /// Writes a checkpoint; the file is there whole or, after a crash or on a full disk, as it was before.
    ///
    /// # Errors
    /// A failing device or disk.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        self.save_as(path, None)
    }

    /// The same with the name of the run of a search that keeps it.
    ///
    /// # Errors
    /// As [`Trainer::save`].
    pub fn save_for(&self, path: &Path, run: &str) -> Result<(), TrainError> {
        self.save_as(path, Some(run.to_owned()))
    }

    fn save_as(&self, path: &Path, run: Option<String>) -> Result<(), TrainError> {
        let Self { model, recipe, seed, place, held_out, .. } = self;
        let saved = SavedTraining {
            model: model.clone(),
            recipe: recipe.clone(),
            seed: *seed,
            run,
            held_out: *held_out,
            place: place.clone(),
        };
        let mut checkpoint = Checkpoint::of_store(&self.store).map_err(CheckpointError::content(path))?;
        checkpoint.set_json(KEY, &saved).map_err(CheckpointError::content(path))?;
        Ok(checkpoint.write(path)?)
    }

    /// A training as it was when the checkpoint was written.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or is no checkpoint; what [`Trainer::new`] refuses.
    pub fn load(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let checkpoint = Checkpoint::read(path)?;
        let SavedTraining { model, recipe, seed, place, held_out, .. } = SavedTraining::of(&checkpoint, path)?;
        recipe.check().map_err(|error| TrainError::Foreign { path: path.to_owned(), why: error.to_string() })?;
        let mut trainer = Self::new(model, recipe, seed, device)?;
        checkpoint.fill(&mut trainer.store, true).map_err(CheckpointError::content(path))?;
        trainer.place = place;
        trainer.held_out = held_out;
        Ok(trainer)
    }
}
