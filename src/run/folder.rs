//! The folder of a run: made or found, locked against a second process, its files written whole or not at all.

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

/// The file that a process locks while it writes the folder.
const LOCK: &str = "lock";

/// The resolved configuration.
pub const CONFIG: &str = "config.toml";

/// A folder that this process alone writes to.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held until the process ends; the system takes it back from one that is killed.
    _lock: File,
}

impl Folder {
    /// Refuses a folder that already holds something; touches nothing. What a process left that was killed before it had
    /// begun does not count.
    ///
    /// # Errors
    /// [`RunError::NotEmpty`], [`RunError::NotAFolder`].
    pub fn check(path: &Path) -> Result<(), RunError> {
        let Ok(entries) = fs::read_dir(path) else {
            // It is to be made in the nearest folder that is there.
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

    /// Makes the folder, and those above it.
    ///
    /// # Errors
    /// What [`Folder::check`] refuses, a system that cannot, another process that is making it.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        Self::check(path)?;
        fs::create_dir_all(path).map_err(RunError::file("create", path))?;
        Self::locked(path)
    }

    /// Makes a folder of the usual name: `runs/SPACE-SEED-TIME`, with a number behind where that is taken.
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

    /// Opens the folder of a run that is there.
    ///
    /// # Errors
    /// A folder that holds no run, or that another process writes to.
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
                // Nobody else writes here now: what is unfinished is a killed process's.
                ["", "checkpoint", "best"].iter().for_each(|below| disk::sweep(&path.join(below)));
                Ok(Self { path: path.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(RunError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(RunError::File { path: file, doing: "lock", source }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of one run of several.
    #[must_use]
    pub fn of_seed(&self, seed: u64) -> PathBuf {
        self.path.join(format!("seed-{seed}"))
    }

    /// Writes a file in the folder, or in one below it.
    ///
    /// # Errors
    /// When the system cannot.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| disk::replace(&path, bytes)).map_err(RunError::file("write", &path))
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// When the system cannot.
    pub fn put_json(&self, name: &str, value: &impl Serialize) -> Result<(), RunError> {
        let failed = |error: serde_json::Error| RunError::file("write", &self.path.join(name))(error.into());
        let text = serde_json::to_string_pretty(value).map_err(failed)?;
        self.put(name, (text + "\n").as_bytes())
    }
}

/// Whether a file is one that [`disk::replace`] had not finished.
fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".part")
}

/// A time as year, month, day and hour, minute, second (UTC): `20261125-043000`.
fn stamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

/// The date of a day counted from 1970. Years begin in March here, so that the leap day is the last of one.
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

/// Whether there is a file at `path` that a run keeps its state in.
#[must_use]
pub fn keeps(path: &Path) -> bool {
    let is_run = |folder: &&Path| [ledger::FILE, several::FILE].iter().any(|file| folder.join(file).is_file());
    // Files of a run lie in its folder or one below.
    let Some(folder) = path.ancestors().skip(1).take(2).map(or_here).find(is_run) else { return false };
    let name = path.strip_prefix(folder).unwrap_or(path);
    let own = OWN
        .iter()
        .chain(&network::FILES)
        .map(Path::new)
        .chain([checkpoint::path(Path::new("")).as_path()])
        .any(|own| own == name);
    own && path.exists()
}

/// The folder that an empty path stands for.
fn or_here(folder: &Path) -> &Path {
    if folder == Path::new("") { Path::new(".") } else { folder }
}

/// The files of a run's folder, beside those of the best network and the checkpoint.
const OWN: [&str; 7] = [ledger::FILE, command::FILE, several::FILE, CONFIG, super::HISTORY, super::GENERATOR, LOCK];

#[cfg(test)]
mod tests {
    use super::stamp;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn stamps_are_dates() {
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
