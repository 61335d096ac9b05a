//! The recipe of a training: named, of a file, of a run or of a space, with what the flags change.

use super::Args;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::subject::RunSubject;
use crate::data::Dataset;
use crate::evaluate::OracleConfig;
use crate::experiment::{config_of, log_reduced};
use crate::run::Command;
use crate::shown::Show;
use crate::space::nasbench201;
use crate::train::{Parts, Recipe, Trainer, recipe, recipe_names};
use std::path::Path;

impl Args {
    fn recipe(&self, run: Option<&RunSubject>) -> Result<Recipe, CliError> {
        let mut chosen = match (&self.config, &self.recipe, run) {
            (Some(path), ..) => read_recipe(path)?,
            (None, Some(name), _) => named(name)?,
            (None, None, Some(run)) => recipe_of(run)?,
            (None, None, None) => of_space(&self.space()?)?,
        };
        chosen.batch = self.batch.unwrap_or(chosen.batch);
        chosen.rate.rate = self.rate.unwrap_or(chosen.rate.rate);
        if let Some(epochs) = self.epochs {
            chosen = chosen.with_epochs(epochs);
        }
        chosen.check().map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(chosen)
    }

    /// The recipe, with a batch size of at most the number of training images.
    pub(super) fn fitted_recipe(&self, run: Option<&RunSubject>, data: &Dataset) -> Result<Recipe, CliError> {
        let mut recipe = self.recipe(run)?;
        let [train, _] = Parts::sizes(data, self.validation_fraction(), self.seed(run))?;
        log_reduced("a batch", recipe.batch, train, "training");
        recipe.batch = recipe.batch.min(train.max(1));
        Ok(recipe)
    }
}

/// Extends a training and prints how its learning rate continues.
pub(super) fn extend(trainer: &mut Trainer, epochs: usize, batches: usize) -> Result<(), CliError> {
    let before = trainer.recipe().clone();
    let scheduled = trainer.rate(batches);
    trainer.extend(epochs).map_err(|error| CliError::Usage(error.to_string()))?;
    trainer.recipe().check().map_err(|error| CliError::Usage(error.to_string()))?;
    let (after, rate, old) = (trainer.recipe(), trainer.rate(batches), before.epochs);
    if after.epochs == old {
        return Ok(());
    }
    output::note(&match (after.rate.schedule == before.rate.schedule, after.rate.warmup == before.rate.warmup) {
        (true, true) => format!(
            "the training now has {epochs} epochs instead of {old}; its learning rate continues at {rate:.3e}, as if it had \
             had this length from the start"
        ),
        _ => format!(
            "the training now has {epochs} epochs instead of {old}; its learning rate schedule is adapted and continues at \
             {rate:.3e} instead of {scheduled:.3e}"
        ),
    });
    Ok(())
}

/// Returns the recipe with this name.
fn named(name: &str) -> Result<Recipe, CliError> {
    recipe(name).ok_or_else(|| CliError::Usage(format!("unknown recipe '{name}'; known are {}", recipe_names())))
}

/// Returns the recipe of a space; spaces from files use that of NAS-Bench-201.
fn of_space(space: &str) -> Result<Recipe, CliError> {
    recipe(space).map_or_else(|| named(nasbench201::NAME), Ok)
}

/// The run's recipe with the recipe's own number of epochs, or that of the space for a run on a table.
fn recipe_of(run: &RunSubject) -> Result<Recipe, CliError> {
    if Command::read(&run.folder)?.table.is_some() {
        return of_space(&run.meta.space);
    }
    let config = config_of(&run.folder)?;
    let epochs = named(&config.oracle.recipe)?.epochs;
    Ok(OracleConfig { epochs, ..config.oracle }.fitted_recipe())
}

fn read_recipe(path: &Path) -> Result<Recipe, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::Failed(format!("cannot read the recipe {}: {error}", path.shown())))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        CliError::Usage(format!("{}, line {line}: {}", path.shown(), error.message().replace('\n', " ")))
    })
}
