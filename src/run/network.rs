//! The best network of a run with its weights, in step with the ledger.
//!
//! A better network is written beside the one that is there; then the ledger takes its trial; then it takes the other's
//! place. So whenever a process is killed, one of the two files is of the architecture that the ledger calls best, and
//! the headers say which. What it makes of the test images, class by class, is kept in step in `best/test.json`.

use super::error::RunError;
use super::ledger::Ledger;
use crate::disk;
use crate::train::{ClassResults, Saved, Trainer};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The best network: a checkpoint of its training.
const KEPT: &str = "best/network.safetensors";

/// The one that will be the best when the ledger has its trial.
const NEXT: &str = "best/network-next.safetensors";

/// What the best architecture is and costs.
pub const DESCRIBED: &str = "best/architecture.json";

/// The best architecture's text.
pub const TEXT: &str = "best/arch.txt";

/// All of them.
pub(super) const FILES: [&str; 6] = [KEPT, NEXT, DESCRIBED, TEXT, RESULTS, NEXT_RESULTS];

/// What the best network makes of the test images.
const RESULTS: &str = "best/test.json";

/// The same of the one that will be the best.
const NEXT_RESULTS: &str = "best/test-next.json";

/// Writes a network that is about to be the best.
pub(super) fn keep(folder: &Path, network: &Trainer, run: &str) -> Result<(), RunError> {
    let path = folder.join(NEXT);
    std::fs::create_dir_all(folder.join("best")).map_err(RunError::file("write", &path))?;
    network.save_for(&path, run)?;
    let results = folder.join(NEXT_RESULTS);
    let failed = RunError::file("write", &results);
    match network.examined() {
        // One number a line would be most of a large table.
        Some(found) => serde_json::to_vec(&ClassResults { run: Some(run.to_owned()), ..found.clone() })
            .map_err(std::io::Error::from)
            .and_then(|text| disk::replace(&results, &text)),
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

/// Puts in order what a killed process left of the run `run`, and refuses the network of another one.
pub(super) fn tidy(folder: &Path, best: Option<&str>, run: &str) -> Result<(), RunError> {
    let (kept, next) = (folder.join(KEPT), folder.join(NEXT));
    if next.is_file() {
        match Saved::read(&next) {
            Ok(saved) if Some(saved.model.arch.as_str()) == best && saved.run.as_deref() == Some(run) => {
                settle(folder)?
            }
            _ => {
                // It may have been killed before these were written.
                let _ = std::fs::remove_file(folder.join(NEXT_RESULTS));
                std::fs::remove_file(&next).map_err(RunError::file("remove", &next))?;
            }
        }
    }
    match Saved::read(&kept) {
        Ok(saved) if saved.run.as_deref() != Some(run) => return Err(RunError::OtherRun { path: kept }),
        _ => {}
    }
    let results = folder.join(RESULTS);
    if is_of_other(&results, run) { Err(RunError::OtherRun { path: results }) } else { Ok(()) }
}

/// Whether a JSON file in `best/` does not bear the name of the run `run`. One that is not there, or is damaged, is not
/// another's: whoever reads it says what is wrong.
fn is_of_other(path: &Path, run: &str) -> bool {
    #[derive(Deserialize)]
    struct Named {
        run: Option<String>,
    }
    let read = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Named>(&bytes).ok());
    read.is_some_and(|named| named.run.as_deref() != Some(run))
}

/// The files in `best/` with figures of the best network that are of another run than the folder's, such as after somebody
/// exchanged them. Runs of earlier versions have no name, and files of theirs are not told apart.
///
/// # Errors
/// A damaged ledger.
pub fn foreign_files(folder: &Path, ledger: &Ledger) -> Result<Vec<PathBuf>, RunError> {
    let Some(origin) = ledger.origin()? else { return Ok(Vec::new()) };
    let files = [RESULTS, DESCRIBED].map(|name| folder.join(name));
    let mut foreign: Vec<PathBuf> = files.into_iter().filter(|path| is_of_other(path, &origin.id)).collect();
    // The text alone has no room for the run's name.
    let text = folder.join(TEXT);
    let found = std::fs::read_to_string(&text).ok();
    if found.is_some_and(|found| ledger.best_arch().is_ok_and(|best| best.is_some_and(|best| found.trim_end() != best)))
    {
        foreign.push(text);
    }
    Ok(foreign)
}

/// What the best network of the run in `folder`, that of `arch`, made of the run's test images, class by class; none where
/// the run trained none or an earlier version of the program kept it.
///
/// # Errors
/// A file that is damaged, cannot be read or belongs to another run.
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
        // Runs of earlier versions have no name.
        if run.is_some() && found.run != run {
            foreign = Some(path);
        } else if found.arch == arch {
            return Ok(Some(found));
        }
    }
    foreign.map_or(Ok(None), |path| Err(RunError::OtherRun { path }))
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
