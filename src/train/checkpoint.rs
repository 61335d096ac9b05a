//! A training as one safetensors file: weights and optimizer state as tensors, everything else as JSON in the header.

use super::error::TrainError;
use super::model::Model;
use super::recipe::Recipe;
use super::trainer::{HeldOut, Trainer, TrainingProgress};
use crate::device::Device;
use crate::nn::{Checkpoint, CheckpointError};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The key in the header.
const KEY: &str = "graphpnas.training";

/// The content of a checkpoint's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTraining {
    /// The trained model.
    pub model: Model,
    /// Its recipe.
    pub recipe: Recipe,
    /// The training's seed.
    pub seed: u64,
    /// The run of a search that saved it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The held-out training images; `None` in checkpoints of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
    #[serde(rename = "place")]
    progress: TrainingProgress,
}

impl SavedTraining {
    /// Returns the number of completed epochs.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.progress.epoch
    }

    /// Reads the header of a training's checkpoint.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or is not a checkpoint of a training.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        Self::of(&Checkpoint::read_texts(path)?, path)
    }

    /// Reads the header of a loaded checkpoint; errors name its path.
    ///
    /// # Errors
    /// A checkpoint that is not one of a training.
    pub fn of(checkpoint: &Checkpoint, path: &Path) -> Result<Self, TrainError> {
        let incompatible = |why: String| TrainError::Incompatible { path: path.to_owned(), why };
        if !checkpoint.texts.contains_key(KEY) {
            return Err(incompatible("it is not a checkpoint of `graphpnas train`".to_owned()));
        }
        checkpoint.json(KEY).map_err(|error| incompatible(format!("its header cannot be parsed ({error})")))
    }
}

impl Trainer {
    /// Writes a checkpoint atomically: after a crash or on a full disk the old file is unchanged.
    ///
    /// # Errors
    /// A failing device or disk.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        self.save_as(path, None)
    }

    /// As [`Trainer::save`], with the name of the search run that saves it.
    ///
    /// # Errors
    /// As [`Trainer::save`].
    pub fn save_with_run(&self, path: &Path, run: &str) -> Result<(), TrainError> {
        self.save_as(path, Some(run.to_owned()))
    }

    fn save_as(&self, path: &Path, run: Option<String>) -> Result<(), TrainError> {
        let Self { model, recipe, seed, progress, held_out, .. } = self;
        let saved = SavedTraining {
            model: model.clone(),
            recipe: recipe.clone(),
            seed: *seed,
            run,
            held_out: *held_out,
            progress: progress.clone(),
        };
        let mut checkpoint = Checkpoint::of_store(&self.store).map_err(CheckpointError::content(path))?;
        checkpoint.set_json(KEY, &saved).map_err(CheckpointError::content(path))?;
        Ok(checkpoint.write(path)?)
    }

    /// Loads a training in the state in which the checkpoint was written.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or is not a checkpoint; the errors of [`Trainer::new`].
    pub fn load(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let checkpoint = Checkpoint::read(path)?;
        let SavedTraining { model, recipe, seed, progress, held_out, .. } = SavedTraining::of(&checkpoint, path)?;
        recipe.check().map_err(|error| TrainError::Incompatible { path: path.to_owned(), why: error.to_string() })?;
        let mut trainer = Self::new(model, recipe, seed, device)?;
        checkpoint.fill(&mut trainer.store, true).map_err(CheckpointError::content(path))?;
        trainer.progress = progress;
        trainer.held_out = held_out;
        Ok(trainer)
    }
}
