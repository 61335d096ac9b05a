//! What can go wrong with the folder of a run; every message names the file and what to do.

use crate::generator::GeneratorError;
use crate::search::SearchError;
use crate::shown::{Show, line};
use crate::train::TrainError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a run could not be kept, read or taken up again.
#[derive(Debug, Error)]
pub enum RunError {
    /// The folder holds something already.
    #[error("the output folder {} is not empty; name another with --out or remove it first", .0.shown())]
    NotEmpty(PathBuf),
    /// The path is a file.
    #[error("{} is not a folder; name another with --out", .0.shown())]
    NotAFolder(PathBuf),
    /// The folder of a run is asked for, and the path is a file.
    #[error("{} is a file; name the folder of a run", .0.shown())]
    IsAFile(PathBuf),
    /// The folder holds no run.
    #[error("{} is not the folder of a run: it has no {missing}", path.shown())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// The file it lacks.
        missing: &'static str,
    },
    /// Another process writes there.
    #[error("the run {} is in use by another process; wait for it or stop it first", .0.shown())]
    InUse(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {doing} {}: {source}", path.shown())]
    File {
        /// The file.
        path: PathBuf,
        /// `read`, `write`, `create`, `remove` or `lock`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file's text is not what was written there.
    #[error("{} is damaged ({}); take a copy of it or begin a new run", path.shown(), line(why))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// The checkpoint is not what was written there.
    #[error(
        "the checkpoint {} is damaged ({}); remove it and resume: the search is then repeated, but what the ledger \
         knows is not evaluated again",
        path.shown(),
        line(why)
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// The ledger is not what was written there.
    #[error(
        "the ledger {} is damaged ({}); remove it and resume: the search is then repeated, but what the checkpoint \
         knows is not evaluated again; the best architecture until the last stop is still in best/",
        path.shown(),
        line(why)
    )]
    DamagedLedger {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// A file says something else than when the run was begun.
    #[error("{}: {what}; put it back as it was, or begin a new run", path.shown())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// A file that a run kept at its end was changed.
    #[error(
        "{} is not as the run kept it: it was changed, or is of another run; write it again by going on with the run \
         (graphpnas search --resume)",
        path.shown()
    )]
    NotAsKept {
        /// The file.
        path: PathBuf,
    },
    /// Rewards would come from something else than until now.
    #[error("cannot go on with {}: {what}, or begin a new run", path.shown())]
    Rewards {
        /// The folder of the run.
        path: PathBuf,
        /// What differs, and which option to use.
        what: String,
    },
    /// A file belongs to another run.
    #[error("{} belongs to another run; put back the file that belongs here, or begin a new run", path.shown())]
    OtherRun {
        /// The file.
        path: PathBuf,
    },
    /// The run does not say what it was made of.
    #[error(
        "{} does not say what the run was made of, as files of earlier versions do not: the run can be read but not gone on with; \
         begin a new run",
        path.shown()
    )]
    Unsealed {
        /// The ledger, the checkpoint or the file of several runs.
        path: PathBuf,
    },
    /// The run was begun by a version whose searches draw other architectures.
    #[error(
        "the run {} was begun by version {version}, whose searches draw other architectures (search version {found}, here {known}); go on with \
         that version, or begin a new run",
        path.shown()
    )]
    SearchVersion {
        /// The folder.
        path: PathBuf,
        /// The version of the program that began it.
        version: String,
        /// Its search version.
        found: u32,
        /// The search version of this program.
        known: u32,
    },
    /// The ledger failed.
    #[error("the ledger {}: {why}", path.shown())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// The ledger or the checkpoint was written by another version of the program.
    #[error("{} has version {found}, and only version {known} is known; use the program that wrote it", path.shown())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version known here.
        known: i64,
    },
    /// The search itself failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The generator could not be kept.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    /// The best network could not be kept.
    #[error(transparent)]
    Network(#[from] TrainError),
}

impl RunError {
    /// Adds the file to what the system said.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), doing, source }
    }

    /// A ledger that is not what was written there.
    pub(super) fn damaged_ledger(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::DamagedLedger { path: path.to_owned(), why: why.to_string() }
    }

    /// Adds the ledger's file to what SQLite said.
    pub(super) fn ledger(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
        move |error| {
            let advice = match error.sqlite_error_code() {
                Some(DiskFull) => "free some space and try again",
                Some(ReadOnly) => "it cannot be written to",
                Some(DatabaseBusy) => "another program holds it; end that and resume",
                Some(SystemIoFailure | CannotOpen | PermissionDenied) => {
                    "check the disk, its permissions and the limit on file sizes (ulimit -f)"
                }
                // The statements are ours and were tested: what else fails, fails over what is in the file.
                _ => return Self::damaged_ledger(path, error),
            };
            Self::Ledger { path: path.to_owned(), why: format!("{error}; {advice}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RunError;

    #[test]
    fn what_a_library_says_in_several_lines_is_told_in_one() {
        let error = RunError::damaged_ledger("run.db".as_ref(), "page 2 cell 2\nmultiple uses\u{1b}[2J");
        let text = error.to_string();
        assert!(text.contains("page 2 cell 2\\nmultiple uses\\u{1b}[2J"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
