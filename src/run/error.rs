//! Errors of run folders. Every message names the file and the remedy.

use crate::generator::GeneratorError;
use crate::search::SearchError;
use crate::shown::{Show, line};
use crate::train::TrainError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An error of saving, reading or resuming a run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The output folder is not empty.
    #[error("the output folder {} is not empty; name another with --out or remove it first", .0.shown())]
    NotEmpty(PathBuf),
    /// The output path is a file, or below a file.
    #[error("{} is not a folder; name another with --out", .0.shown())]
    NotAFolder(PathBuf),
    /// The path of a run is a file, not a folder.
    #[error("{} is a file; name the folder of a run", .0.shown())]
    IsAFile(PathBuf),
    /// The folder holds no run.
    #[error("{} is not the folder of a run: it has no {missing}", path.shown())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// The missing file.
        missing: &'static str,
    },
    /// Another process has locked the run.
    #[error("the run {} is in use by another process; wait for it or stop it first", .0.shown())]
    InUse(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {doing} {}: {source}", path.shown())]
    File {
        /// The file.
        path: PathBuf,
        /// `read`, `write`, `create`, `remove` or `lock`.
        doing: &'static str,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file is damaged.
    #[error("{} is damaged ({}); restore it from a copy or start a new run", path.shown(), line(why))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first fault found.
        why: String,
    },
    /// The checkpoint is damaged.
    #[error(
        "the checkpoint {} is damaged ({}); remove it and resume: the search is then repeated, but results in the \
         ledger are not evaluated again",
        path.shown(),
        line(why)
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The first fault found.
        why: String,
    },
    /// The ledger is damaged.
    #[error(
        "the ledger {} is damaged ({}); remove it and resume: the search is then repeated, but results in the \
         checkpoint are not evaluated again; the best architecture until the last stop is still in best/",
        path.shown(),
        line(why)
    )]
    DamagedLedger {
        /// The file.
        path: PathBuf,
        /// The first fault found.
        why: String,
    },
    /// The configuration or the command was changed since the start of the run.
    #[error("{}: {what}; restore the original file, or start a new run", path.shown())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The differences.
        what: String,
    },
    /// A file that the run saved at its end was changed.
    #[error(
        "{} is not the file that the run saved: it was changed or belongs to another run; resume the run to write it \
         again (graphpnas search --resume)",
        path.shown()
    )]
    FileChanged {
        /// The file.
        path: PathBuf,
    },
    /// The source of the rewards differs from that of the run.
    #[error("cannot resume {}: {what}, or start a new run", path.shown())]
    Rewards {
        /// The folder of the run.
        path: PathBuf,
        /// The difference, and the option to use.
        what: String,
    },
    /// A file belongs to another run.
    #[error("{} belongs to another run; restore the original file, or start a new run", path.shown())]
    OtherRun {
        /// The file.
        path: PathBuf,
    },
    /// The origin of the run is not saved.
    #[error(
        "{} does not contain the origin of the run, as it was written by an earlier version: the run can be read but \
         not resumed; start a new run",
        path.shown()
    )]
    NoOrigin {
        /// The ledger, the checkpoint or the file of several runs.
        path: PathBuf,
    },
    /// The run was started by a version whose searches draw other architectures.
    #[error(
        "the run {} was started by version {version}, whose searches draw other architectures (search version {found}, \
         here {known}); resume it with that version, or start a new run",
        path.shown()
    )]
    SearchVersion {
        /// The folder.
        path: PathBuf,
        /// The version of the program that started it.
        version: String,
        /// Its search version.
        found: u32,
        /// The search version of this program.
        known: u32,
    },
    /// The ledger could not be read or written.
    #[error("the ledger {}: {why}", path.shown())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// The error of SQLite and the remedy.
        why: String,
    },
    /// The ledger or the checkpoint was written by another version of the program.
    #[error(
        "{} has version {found}, but only version {known} is supported; use the program version that wrote it",
        path.shown()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The supported version.
        known: i64,
    },
    /// The search itself failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The generator could not be saved.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    /// The best network could not be saved or read.
    #[error(transparent)]
    Network(#[from] TrainError),
}

impl RunError {
    /// Adds the file to an error of the system.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), doing, source }
    }

    /// Creates the error of a damaged ledger.
    pub(super) fn damaged_ledger(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::DamagedLedger { path: path.to_owned(), why: why.to_string() }
    }

    /// Adds the ledger's file and a remedy to an error of SQLite.
    pub(super) fn ledger(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
        move |error| {
            let advice = match error.sqlite_error_code() {
                Some(DiskFull) => "free some disk space and try again",
                Some(ReadOnly) => "make it writable",
                Some(DatabaseBusy) => "another program has locked it; end that program and resume",
                Some(SystemIoFailure | CannotOpen | PermissionDenied) => {
                    "check the disk, its permissions and the limit on file sizes (ulimit -f)"
                }
                // The statements are fixed and tested, so any other error comes from the content of the file.
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
    fn messages_of_several_lines_are_shown_in_one() {
        let error = RunError::damaged_ledger("run.db".as_ref(), "page 2 cell 2\nmultiple uses\u{1b}[2J");
        let text = error.to_string();
        assert!(text.contains("page 2 cell 2\\nmultiple uses\\u{1b}[2J"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
