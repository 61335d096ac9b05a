//! The images of a training, and whether they suit a checkpoint.

use super::{Args, TEST_IMAGES, TRAIN_IMAGES};
use crate::cli::error::CliError;
use crate::cli::height_width::HeightWidth;
use crate::cli::images::images_of;
use crate::cli::output;
use crate::data::{Dataset, procedural};
use crate::experiment::{EMBEDDED, images, log_remarks, matching};
use crate::run::Command;
use crate::shown::Show;
use crate::train::{HeldOut, Model, Parts, Recipe, SavedTraining};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Args {
    /// Opens the given images, those of the run, or the built-in ones. Images are resized to `--resize`, else to the network's
    /// input size.
    pub(super) fn images(&self, run: Option<&Path>, network: Option<(usize, usize)>) -> Result<Dataset, CliError> {
        let data = match (&self.data, run) {
            (None, Some(folder)) if self.resize.is_none() && self.train_images.is_none() => {
                let no_images = || {
                    CliError::Usage(format!(
                        "the run {} took its rewards from a table and has no images; give some with --data PATH (--data \
                         {EMBEDDED} for the built-in ones)",
                        folder.shown()
                    ))
                };
                Arc::unwrap_or_clone(images_of(folder)?.ok_or_else(no_images)?)
            }
            _ => self.named_images(run, network)?,
        };
        log_remarks(&data);
        if self.validation_fraction() > 0.0 && data.validation.is_some() {
            output::note(
                "note: the data set has its own validation part; --validation is ignored and no training images are held out",
            );
        }
        Ok(data)
    }

    /// Rejects `--train-images` for images other than the built-in ones, where it would have no effect.
    fn check_count(&self, path: &Path) -> Result<(), CliError> {
        match self.train_images {
            Some(_) if path != Path::new(EMBEDDED) => Err(CliError::Usage(format!(
                "--train-images applies only to the built-in images, but the images are those of {}",
                path.shown()
            ))),
            _ => Ok(()),
        }
    }

    fn named_images(&self, run: Option<&Path>, network: Option<(usize, usize)>) -> Result<Dataset, CliError> {
        let run_data = match (&self.data, run) {
            (None, Some(folder)) => Command::read(folder)?.data,
            _ => None,
        };
        let path = self.data.clone().or(run_data).unwrap_or_else(|| PathBuf::from(EMBEDDED));
        self.check_count(&path)?;
        let resize = self.resize.map(HeightWidth::pair).or(network);
        Ok(images(&path, resize, [self.train_images.unwrap_or(TRAIN_IMAGES), TEST_IMAGES])?)
    }
}

/// Splits images as in a checkpoint's training, with the same normalisation.
pub(in crate::cli) fn parts(data: &Dataset, saved: &SavedTraining, held_out: HeldOut) -> Result<Parts, CliError> {
    let (SavedTraining { model, recipe, .. }, HeldOut { fraction, seed }) = (saved, held_out);
    // The batch size must not be rejected when the images are only evaluated.
    let [train, _] = Parts::sizes(data, fraction, seed)?;
    let recipe = &Recipe { batch: recipe.batch.min(train.max(1)), ..recipe.clone() };
    Ok(Parts::normalised(data, recipe, fraction, [seed, saved.seed], model.normal.as_ref())?)
}

/// Maps the labels of images to the outputs of a checkpoint's network, by class name.
pub(in crate::cli) fn match_classes(data: Dataset, model: &Model, path: &Path) -> Result<Dataset, CliError> {
    match &model.data {
        // Images of another shape are rejected later, with a message about the shape.
        Some(known) if data.image_shape() == model.input => Ok(matching(data, known)?),
        Some(_) => Ok(data),
        None => {
            output::note(&format!(
                "note: {} does not record its classes because it was written by an earlier version; the order of classes in the \
                 data is used",
                path.shown()
            ));
            Ok(data)
        }
    }
}

/// Rejects a continued training on different images; their location may differ.
pub(super) fn check_same_data(data: &Dataset, model: &Model, path: &Path) -> Result<(), CliError> {
    let Some(what) = model.data.as_ref().and_then(|known| known.difference(&data.fingerprint())) else { return Ok(()) };
    Err(CliError::Failed(format!(
        "the training in {} cannot continue on a different data set: {what}; give the original one with --data (for built-in \
         images, the same number with --train-images)",
        path.shown()
    )))
}

/// Input height and width of a network.
pub(in crate::cli) fn size_of(model: &Model) -> (usize, usize) {
    let [_, height, width] = model.input;
    (height, width)
}

/// Rejects images whose shape or number of classes does not match a checkpoint's network.
pub(in crate::cli) fn check_task(model: &Model, data: &Dataset, path: &Path) -> Result<(), CliError> {
    let (input, classes) = (data.image_shape(), data.classes().len());
    if (model.input, model.classes) == (input, classes) {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "the network in {} takes images of shape {:?} in {} classes, not {input:?} in {classes}{}; give matching data with --data",
        path.shown(),
        model.input,
        model.classes,
        if data.layout == procedural::LAYOUT { " (the built-in images)" } else { "" }
    )))
}
