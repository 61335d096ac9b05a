//! The best network of a run with its weights, in step with the ledger.
//!
//! A better network is written beside the one that is there; then the ledger takes its trial; then it takes the other's
//! place. So whenever a process is killed, one of the two files is of the architecture that the ledger calls best, and
//! the headers say which.

use super::error::RunError;
use crate::train::{Saved, TrainError, Trainer};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The best network: a checkpoint of its training.
const KEPT: &str = "best/network.safetensors";

/// The one that will be the best when the ledger has its trial.
const NEXT: &str = "best/network-next.safetensors";

/// Writes a network that is about to be the best.
pub(super) fn keep(folder: &Path, network: &Trainer) -> Result<(), RunError> {
    let path = folder.join(NEXT);
    std::fs::create_dir_all(folder.join("best")).map_err(RunError::file("write", &path))?;
    Ok(network.save(&path)?)
}

/// Gives the network that was written last the place of the best.
pub(super) fn settle(folder: &Path) -> Result<(), RunError> {
    match std::fs::rename(folder.join(NEXT), folder.join(KEPT)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RunError::file("write", &folder.join(KEPT))(error)),
        _ => Ok(()),
    }
}

/// Puts in order what a killed process left.
pub(super) fn tidy(folder: &Path, best: Option<&str>) -> Result<(), RunError> {
    let next = folder.join(NEXT);
    if !next.is_file() {
        return Ok(());
    }
    match Saved::read(&next) {
        Ok(saved) if Some(saved.model.arch.as_str()) == best => settle(folder),
        _ => std::fs::remove_file(&next).map_err(RunError::file("remove", &next)),
    }
}

/// The kept network of an architecture, the best one of the run in `folder`; none where its weights are not kept.
///
/// # Errors
/// A file that is damaged or cannot be read.
pub fn best_network(folder: &Path, arch: &str) -> Result<Option<PathBuf>, TrainError> {
    for path in [folder.join(KEPT), folder.join(NEXT)] {
        if path.is_file() && Saved::read(&path)?.model.arch == arch {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
