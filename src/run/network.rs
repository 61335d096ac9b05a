//! The best network of a run with its weights, in step with the ledger.
//!
//! A better network is written beside the one that is there; then the ledger takes its trial; then it takes the other's
//! place. So whenever a process is killed, one of the two files is of the architecture that the ledger calls best, and
//! the headers say which.

use super::error::RunError;
use super::ledger::Ledger;
use crate::train::{Saved, Trainer};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The best network: a checkpoint of its training.
const KEPT: &str = "best/network.safetensors";

/// The one that will be the best when the ledger has its trial.
const NEXT: &str = "best/network-next.safetensors";

/// Writes a network that is about to be the best.
pub(super) fn keep(folder: &Path, network: &Trainer, run: &str) -> Result<(), RunError> {
    let path = folder.join(NEXT);
    std::fs::create_dir_all(folder.join("best")).map_err(RunError::file("write", &path))?;
    Ok(network.save_for(&path, run)?)
}

/// Gives the network that was written last the place of the best.
pub(super) fn settle(folder: &Path) -> Result<(), RunError> {
    match std::fs::rename(folder.join(NEXT), folder.join(KEPT)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RunError::file("write", &folder.join(KEPT))(error)),
        _ => Ok(()),
    }
}

/// Puts in order what a killed process left of the run `run`, and refuses the network of another one.
pub(super) fn tidy(folder: &Path, best: Option<&str>, run: &str) -> Result<(), RunError> {
    let (kept, next) = (folder.join(KEPT), folder.join(NEXT));
    if next.is_file() {
        match Saved::read(&next) {
            Ok(saved) if Some(saved.model.arch.as_str()) == best && saved.run.as_deref() == Some(run) => {
                settle(folder)?
            }
            _ => std::fs::remove_file(&next).map_err(RunError::file("remove", &next))?,
        }
    }
    match Saved::read(&kept) {
        Ok(saved) if saved.run.as_deref() != Some(run) => Err(RunError::OtherRun { path: kept }),
        _ => Ok(()),
    }
}

/// The kept network of an architecture, the best one of the run in `folder`; none where its weights are not kept.
///
/// # Errors
/// A file that is damaged, cannot be read or belongs to another run.
pub fn best_network(folder: &Path, arch: &str) -> Result<Option<PathBuf>, RunError> {
    let run = Ledger::open_read(folder)?.origin()?.map(|origin| origin.id);
    let mut foreign = None;
    for path in [folder.join(KEPT), folder.join(NEXT)].into_iter().filter(|path| path.is_file()) {
        let saved = Saved::read(&path)?;
        // Runs of earlier versions have no name.
        if run.is_some() && saved.run != run {
            foreign = Some(path);
        } else if saved.model.arch == arch {
            return Ok(Some(path));
        }
    }
    foreign.map_or(Ok(None), |path| Err(RunError::OtherRun { path }))
}
