//! The best network of a run with its weights, in step with the ledger.
//!
//! A better network is written beside the one that is there; then the ledger takes its trial; then it takes the other's
//! place. So whenever a process is killed, one of the two files is of the architecture that the ledger calls best, and
//! the headers say which. What it makes of the test images, class by class, is kept in step in `best/test.json`.

use super::error::RunError;
use crate::disk;
use crate::train::{ClassResults, Saved, TrainError, Trainer};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The best network: a checkpoint of its training.
const KEPT: &str = "best/network.safetensors";

/// The one that will be the best when the ledger has its trial.
const NEXT: &str = "best/network-next.safetensors";

/// What the best network makes of the test images.
const RESULTS: &str = "best/test.json";

/// The same of the one that will be the best.
const NEXT_RESULTS: &str = "best/test-next.json";

/// Writes a network that is about to be the best.
pub(super) fn keep(folder: &Path, network: &Trainer) -> Result<(), RunError> {
    let path = folder.join(NEXT);
    std::fs::create_dir_all(folder.join("best")).map_err(RunError::file("write", &path))?;
    network.save(&path)?;
    let results = folder.join(NEXT_RESULTS);
    let failed = RunError::file("write", &results);
    match network.examined() {
        // One number a line would be most of a large table.
        Some(found) => {
            serde_json::to_vec(found).map_err(std::io::Error::from).and_then(|text| disk::replace(&results, &text))
        }
        None => Ok(()),
    }
    .map_err(failed)
}

/// Gives the network that was written last the place of the best.
pub(super) fn settle(folder: &Path) -> Result<(), RunError> {
    for (next, kept) in [(NEXT_RESULTS, RESULTS), (NEXT, KEPT)] {
        match std::fs::rename(folder.join(next), folder.join(kept)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(RunError::file("write", &folder.join(kept))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts in order what a killed process left.
pub(super) fn tidy(folder: &Path, best: Option<&str>) -> Result<(), RunError> {
    let next = folder.join(NEXT);
    if !next.is_file() {
        return Ok(());
    }
    match Saved::read(&next) {
        Ok(saved) if Some(saved.model.arch.as_str()) == best => settle(folder),
        _ => {
            // It may have been killed before these were written.
            let _ = std::fs::remove_file(folder.join(NEXT_RESULTS));
            std::fs::remove_file(&next).map_err(RunError::file("remove", &next))
        }
    }
}

/// What the best network of the run in `folder`, that of `arch`, made of the run's test images, class by class; none where
/// the run trained none or an earlier version of the program kept it.
///
/// # Errors
/// A file that is damaged or cannot be read.
pub fn best_classes(folder: &Path, arch: &str) -> Result<Option<ClassResults>, RunError> {
    for path in [folder.join(RESULTS), folder.join(NEXT_RESULTS)] {
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            read => read.map_err(RunError::file("read", &path))?,
        };
        let found: ClassResults = serde_json::from_str(&text)
            .map_err(|error| RunError::Damaged { path: path.clone(), why: error.to_string() })?;
        if found.arch == arch {
            return Ok(Some(found));
        }
    }
    Ok(None)
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
