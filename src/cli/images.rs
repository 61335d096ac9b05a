//! Finds the images of a run, and the run of a checkpoint.

use super::error::CliError;
use super::subject::TRAINED;
use crate::data::Dataset;
use crate::experiment::{Rewards, config_of};
use crate::run::Command;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folder of the best network, inside a run's folder.
pub(super) const BEST: &str = "best";

/// Opens the images that a run trains on; `None` for a run that takes its rewards from a table.
pub(super) fn images_of(folder: &Path) -> Result<Option<Arc<Dataset>>, CliError> {
    let command = Command::read(folder)?;
    if command.table.is_some() {
        return Ok(None);
    }
    match Rewards::open(&config_of(folder)?, None, command.data.as_deref())? {
        Rewards::Images(data) => Ok(Some(data)),
        Rewards::Table(_) | Rewards::Custom(_) => Ok(None),
    }
}

/// Returns the run whose folder `trained/` or `best/` contains a checkpoint.
pub(super) fn run_of(checkpoint: &Path) -> Option<PathBuf> {
    let subfolder = checkpoint.parent()?;
    let matches = subfolder.file_name().is_some_and(|name| name == TRAINED || name == BEST);
    let folder = subfolder.parent().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder })?;
    (matches && Command::read(folder).is_ok()).then(|| folder.to_owned())
}
