//! The folder of a run: created or opened, locked against a second process, with files that are replaced atomically.

use super::checkpoint;
use super::command;
use super::error::RunError;
use super::ledger;
use super::network;
use super::several;
use crate::disk;
use serde::Serialize;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file that a process locks while it writes to the folder.
const LOCK: &str = "lock";

/// File name of the resolved configuration.
pub const CONFIG: &str = "config.toml";

/// A folder that is locked by this process.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held until drop; the operating system releases the lock of a killed process.
    _lock: File,
}

impl Folder {
    /// Checks that a folder is empty or can be created, without changing anything. Ignores the files of a process that
    /// was killed before its run started.
    ///
    /// # Errors
    /// [`RunError::NotEmpty`] or [`RunError::NotAFolder`].
    pub fn check(path: &Path) -> Result<(), RunError> {
        let Ok(entries) = fs::read_dir(path) else {
            // The nearest existing ancestor must be a folder.
            return match path.ancestors().find(|above| above.exists()) {
                Some(above) if !above.is_dir() => Err(RunError::NotAFolder(above.to_owned())),
                _ => Ok(()),
            };
        };
        let names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let left_behind = |name: &String| {
            [LOCK, CONFIG, several::FILE].contains(&name.as_str()) || name.starts_with(ledger::FILE) || is_part(name)
        };
        if names.iter().all(left_behind) { Ok(()) } else { Err(RunError::NotEmpty(path.to_owned())) }
    }

    /// Creates the folder and its ancestors, and locks it.
    ///
    /// # Errors
    /// [`Folder::check`] fails, the system cannot create the folder, or another process has locked it.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        Self::check(path)?;
        fs::create_dir_all(path).map_err(RunError::file("create", path))?;
        Self::locked(path)
    }

    /// Creates a folder with the default name `runs/SPACE-SEED-TIME`, with a numeric suffix if that name is taken.
    ///
    /// # Errors
    /// As [`Folder::create`].
    pub fn usual(space: &str, seed: &str) -> Result<Self, RunError> {
        let name = format!("{space}-{seed}-{}", stamp(SystemTime::now()));
        let runs = Path::new("runs");
        let mut folder = Self::create(&runs.join(&name));
        for number in 2..1000 {
            match folder {
                Err(RunError::NotEmpty(_) | RunError::InUse(_)) => {
                    folder = Self::create(&runs.join(format!("{name}-{number}")));
                }
                other => return other,
            }
        }
        folder
    }

    /// Opens and locks the folder of an existing run.
    ///
    /// # Errors
    /// The folder holds no run, or another process has locked it.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if !path.join(command::FILE).is_file() {
            return Err(RunError::NoRun { path: path.to_owned(), missing: command::FILE });
        }
        Self::locked(path)
    }

    fn locked(path: &Path) -> Result<Self, RunError> {
        let file = path.join(LOCK);
        let lock = File::create(&file).map_err(RunError::file("create", &file))?;
        match disk::lock(&lock) {
            Ok(()) => {
                // With the lock held, partly written files can only be those of a killed process.
                ["", "checkpoint", "best"].iter().for_each(|below| disk::sweep(&path.join(below)));
                Ok(Self { path: path.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(RunError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(RunError::File { path: file, doing: "lock", source }),
        }
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the folder of one run in a set of runs.
    #[must_use]
    pub fn seed_folder(&self, seed: u64) -> PathBuf {
        self.path.join(format!("seed-{seed}"))
    }

    /// Writes a file in the folder or in a subfolder of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(name);
        let created = path.parent().map_or(Ok(()), fs::create_dir_all);
        created.and_then(|()| disk::replace(&path, bytes)).map_err(RunError::file("write", &path))
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_json(&self, name: &str, value: &impl Serialize) -> Result<(), RunError> {
        let failed = |error: serde_json::Error| RunError::file("write", &self.path.join(name))(error.into());
        let text = serde_json::to_string_pretty(value).map_err(failed)?;
        self.put(name, (text + "\n").as_bytes())
    }
}

/// Whether this is the name of an unfinished file of [`disk::replace`].
fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".part")
}

/// Formats a time (UTC) as `YYYYMMDD-hhmmss`, such as `20261125-043000`.
fn stamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

/// Converts days since 1970-01-01 to year, month and day. Years start in March here, so that a leap day is the last
/// day.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

/// Whether the existing file at `path` belongs to the state of a run.
#[must_use]
pub fn is_run_file(path: &Path) -> bool {
    let is_run = |folder: &&Path| [ledger::FILE, several::FILE].iter().any(|file| folder.join(file).is_file());
    // The files of a run are in its folder or in a direct subfolder.
    let Some(folder) = path.ancestors().skip(1).take(2).map(or_here).find(is_run) else { return false };
    let name = path.strip_prefix(folder).unwrap_or(path);
    let is_listed = OWN
        .iter()
        .chain(&network::FILES)
        .map(Path::new)
        .chain([checkpoint::path(Path::new("")).as_path()])
        .any(|own| own == name);
    is_listed && path.exists()
}

/// Replaces an empty path by the current folder.
fn or_here(folder: &Path) -> &Path {
    if folder == Path::new("") { Path::new(".") } else { folder }
}

/// The files in the folder of a run, without those of the best network and the checkpoint.
const OWN: [&str; 7] = [ledger::FILE, command::FILE, several::FILE, CONFIG, super::HISTORY, super::GENERATOR, LOCK];

#[cfg(test)]
mod tests {
    use super::stamp;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn stamps_are_formatted_dates() {
        let known = [
            (0, "19700101-000000"),
            (951_782_399, "20000228-235959"),
            (951_782_400, "20000229-000000"),
            (1_795_581_000, "20261125-043000"),
            (4_107_542_400, "21000301-000000"),
        ];
        for (seconds, text) in known {
            assert_eq!(stamp(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
