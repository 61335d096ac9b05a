//! The images of a run, and of the checkpoints that belong to one.

use super::error::CliError;
use super::subject::TRAINED;
use crate::data::Dataset;
use crate::experiment::{Rewards, config_of};
use crate::run::Command;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of a run for its best network.
pub(super) const BEST: &str = "best";

/// The images that a run trains on; none of a run that looks rewards up in a table.
pub(super) fn images_of(folder: &Path) -> Result<Option<Arc<Dataset>>, CliError> {
    let command = Command::read(folder)?;
    if command.table.is_some() {
        return Ok(None);
    }
    match Rewards::open(&config_of(folder)?, None, command.data.as_deref())? {
        Rewards::Images(data) => Ok(Some(data)),
        Rewards::Table { .. } | Rewards::Custom(_) => Ok(None),
    }
}

/// The run in whose folder a checkpoint lies: among the networks trained for it, or as its best one.
pub(super) fn run_of(checkpoint: &Path) -> Option<PathBuf> {
    let below = checkpoint.parent()?;
    let ours = below.file_name().is_some_and(|name| name == TRAINED || name == BEST);
    let folder = below.parent().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder })?;
    (ours && Command::read(folder).is_ok()).then(|| folder.to_owned())
}
