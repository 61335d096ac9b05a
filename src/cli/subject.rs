//! What an argument names: an architecture, a checkpoint of a training, or the folder of a run.

use super::error::CliError;
use crate::run::{Command, Ledger, Meta, RunError, best_network};
use crate::shown::Show;
use crate::train::Saved;
use std::path::{Path, PathBuf};

/// What was found under a name.
pub(super) enum Subject {
    /// Nothing on the disk: the text itself.
    Text,
    /// A checkpoint that `train --out` wrote.
    Checkpoint(PathBuf, Box<Saved>),
    /// A run, and the best architecture it found.
    Run {
        /// Its folder.
        folder: PathBuf,
        /// What the ledger says of it.
        meta: Box<Meta>,
        /// The architecture's text.
        arch: String,
    },
}

impl Subject {
    /// Looks what there is under a name.
    pub(super) fn of(name: &str) -> Result<Self, CliError> {
        let path = Path::new(name);
        if path.is_dir() {
            let ledger = open(path)?;
            let nothing = || CliError::Failed(format!("the run {name} has not evaluated any architecture yet"));
            let arch = ledger.best_arch()?.ok_or_else(nothing)?;
            return Ok(Self::Run { folder: path.to_owned(), meta: Box::new(ledger.meta()?), arch });
        }
        // A pipe or a device is refused by name, as everything that is no checkpoint.
        if path.exists() {
            let saved = Saved::read(path).map_err(|error| CliError::Failed(error.to_string()))?;
            return Ok(Self::Checkpoint(path.to_owned(), Box::new(saved)));
        }
        Ok(Self::Text)
    }
}

/// The kept network of the best architecture of a run; none where the run trained none.
pub(super) fn network(folder: &Path, arch: &str) -> Result<Option<PathBuf>, CliError> {
    let found = best_network(folder, arch).map_err(|error| CliError::Failed(error.to_string()))?;
    if found.is_none() && Command::read(folder)?.table.is_none() {
        return Err(CliError::Failed(format!(
            "the weights of {arch} are not in {}; a run that was stopped keeps them when it goes on (search --resume), and \
             export draws fresh ones with --seed",
            folder.join("best").shown()
        )));
    }
    Ok(found)
}

/// Opens the ledger of a run to read it. It is asked first: what it holds is readable whatever befell the other files.
pub(super) fn open(folder: &Path) -> Result<Ledger, CliError> {
    let found = Ledger::open_read(folder);
    if !matches!(found, Err(RunError::NoRun { .. })) {
        return Ok(found?);
    }
    if let Some(seeds) = Command::read(folder)?.seeds {
        let first = seeds.split("..").next().unwrap_or_default();
        return Err(CliError::Usage(format!(
            "{} holds a run for each of the seeds {seeds}; name one of them, such as {}",
            folder.shown(),
            folder.join(format!("seed-{first}")).shown()
        )));
    }
    Ok(found?)
}
