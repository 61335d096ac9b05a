//! The best network of a run with its weights, consistent with the ledger.
//!
//! A better network is first written as a second file, then its trial is committed to the ledger, then the file
//! replaces the previous best network. If the process is killed in between, one of the two files still holds the best
//! architecture of the ledger, and the file headers tell which. The results per class on the test images are saved in
//! `best/test.json` in the same way.

use super::error::RunError;
use super::ledger::Ledger;
use crate::disk;
use crate::train::{ClassResults, SavedTraining, Trainer};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The best network: a checkpoint of its training.
const BEST: &str = "best/network.safetensors";

/// The network that becomes the best one once its trial is in the ledger.
const NEXT: &str = "best/network-next.safetensors";

/// The description of the best architecture with its cost.
pub const DESCRIBED: &str = "best/architecture.json";

/// The text of the best architecture.
pub const TEXT: &str = "best/arch.txt";

/// All files of the best network.
pub(super) const FILES: [&str; 6] = [BEST, NEXT, DESCRIBED, TEXT, RESULTS, NEXT_RESULTS];

/// The results per class of the best network on the test images.
const RESULTS: &str = "best/test.json";

/// The same results for the network that becomes the best one.
const NEXT_RESULTS: &str = "best/test-next.json";

/// Writes the network that becomes the best one.
pub(super) fn save_next(folder: &Path, network: &Trainer, run: &str) -> Result<(), RunError> {
    let path = folder.join(NEXT);
    std::fs::create_dir_all(folder.join("best")).map_err(RunError::file("write", &path))?;
    network.save_with_run(&path, run)?;
    let results = folder.join(NEXT_RESULTS);
    let failed = RunError::file("write", &results);
    match network.examined() {
        // Compact JSON: pretty-printing would put every value of the confusion matrix on its own line.
        Some(classes) => serde_json::to_vec(&ClassResults { run: Some(run.to_owned()), ..classes.clone() })
            .map_err(std::io::Error::from)
            .and_then(|text| disk::replace(&results, &text)),
        None => Ok(()),
    }
    .map_err(failed)
}

/// Replaces the best network by the one that [`save_next`] wrote.
pub(super) fn promote_next(folder: &Path) -> Result<(), RunError> {
    for (next, best) in [(NEXT_RESULTS, RESULTS), (NEXT, BEST)] {
        match std::fs::rename(folder.join(next), folder.join(best)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(RunError::file("write", &folder.join(best))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Cleans up after a killed process of the run `run`, and refuses the network of another run.
pub(super) fn recover(folder: &Path, best: Option<&str>, run: &str) -> Result<(), RunError> {
    let (current, next) = (folder.join(BEST), folder.join(NEXT));
    if next.is_file() {
        match SavedTraining::read(&next) {
            Ok(saved) if Some(saved.model.arch.as_str()) == best && saved.run.as_deref() == Some(run) => {
                promote_next(folder)?
            }
            _ => {
                // The process may have been killed before it wrote the results, so a missing file is no error.
                let _ = std::fs::remove_file(folder.join(NEXT_RESULTS));
                std::fs::remove_file(&next).map_err(RunError::file("remove", &next))?;
            }
        }
    }
    match SavedTraining::read(&current) {
        Ok(saved) if saved.run.as_deref() != Some(run) => return Err(RunError::OtherRun { path: current }),
        _ => {}
    }
    let results = folder.join(RESULTS);
    if belongs_to_other(&results, run) { Err(RunError::OtherRun { path: results }) } else { Ok(()) }
}

/// Whether a JSON file in `best/` does not contain the id of the run `run`. Returns false for a missing or damaged
/// file; the code that reads it reports the error.
fn belongs_to_other(path: &Path, run: &str) -> bool {
    #[derive(Deserialize)]
    struct WithId {
        run: Option<String>,
    }
    let read = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<WithId>(&bytes).ok());
    read.is_some_and(|content| content.run.as_deref() != Some(run))
}

/// Returns the files in `best/` that belong to another run than the folder, for example because they were exchanged.
/// Returns none for runs of earlier versions, which have no id.
///
/// # Errors
/// The ledger is damaged.
pub fn files_of_other_runs(folder: &Path, ledger: &Ledger) -> Result<Vec<PathBuf>, RunError> {
    let Some(origin) = ledger.origin()? else { return Ok(Vec::new()) };
    let files = [RESULTS, DESCRIBED].map(|name| folder.join(name));
    let mut foreign: Vec<PathBuf> = files.into_iter().filter(|path| belongs_to_other(path, &origin.id)).collect();
    // This file holds only the architecture, not the id of the run.
    let text = folder.join(TEXT);
    let arch = std::fs::read_to_string(&text).ok();
    if arch.is_some_and(|arch| ledger.best_arch().is_ok_and(|best| best.is_some_and(|best| arch.trim_end() != best))) {
        foreign.push(text);
    }
    Ok(foreign)
}

/// Returns the results per class on the test images of the best network of the run in `folder`, whose architecture is
/// `arch`. Returns `None` if the run trained no network or an earlier version of the program saved it.
///
/// # Errors
/// A file is damaged, cannot be read or belongs to another run.
pub fn best_classes(folder: &Path, arch: &str) -> Result<Option<ClassResults>, RunError> {
    let run = Ledger::open_read(folder)?.origin()?.map(|origin| origin.id);
    let mut foreign = None;
    for path in [folder.join(RESULTS), folder.join(NEXT_RESULTS)] {
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            read => read.map_err(RunError::file("read", &path))?,
        };
        let found: ClassResults = serde_json::from_str(&text)
            .map_err(|error| RunError::Damaged { path: path.clone(), why: error.to_string() })?;
        // Runs of earlier versions have no id.
        if run.is_some() && found.run != run {
            foreign = Some(path);
        } else if found.arch == arch {
            return Ok(Some(found));
        }
    }
    foreign.map_or(Ok(None), |path| Err(RunError::OtherRun { path }))
}

/// Returns the file with the weights of the best network of the run in `folder`, whose architecture is `arch`, or
/// `None` if its weights were not saved.
///
/// # Errors
/// A file is damaged, cannot be read or belongs to another run.
pub fn best_network(folder: &Path, arch: &str) -> Result<Option<PathBuf>, RunError> {
    let run = Ledger::open_read(folder)?.origin()?.map(|origin| origin.id);
    let mut foreign = None;
    for path in [folder.join(BEST), folder.join(NEXT)].into_iter().filter(|path| path.is_file()) {
        let saved = SavedTraining::read(&path)?;
        // Runs of earlier versions have no id.
        if run.is_some() && saved.run != run {
            foreign = Some(path);
        } else if saved.model.arch == arch {
            return Ok(Some(path));
        }
    }
    foreign.map_or(Ok(None), |path| Err(RunError::OtherRun { path }))
}
