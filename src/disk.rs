//! Files that are there whole or as they were before, after a crash or on a full disk too; and files of one process alone.

use std::fs::{self, File, TryLockError};
use std::io::{Result, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often, and how far apart, a lock is tried that another process has.
const TRIES: usize = 30;
const APART: Duration = Duration::from_millis(10);

/// Locks a file for this process, after a moment's patience: a process that another thread is just starting has every file of
/// ours, those that are closed meanwhile too, until its own program runs.
///
/// # Errors
/// When another process has it, or the system knows no locks there.
pub fn lock(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(APART),
            known => return known,
        }
    }
    file.try_lock()
}

/// Puts a new file in the place of the old one.
///
/// # Errors
/// When the system cannot write there; what was there stays, and nothing else is left behind.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// The same for a file that `write` fills: it is written beside the old one, brought to the disk and given its name.
/// What is there and is no file, such as a device, is written to as it is.
///
/// # Errors
/// As [`replace`].
pub fn replace_with<T>(path: &Path, write: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    let Some(name) = path.file_name().filter(|_| fs::metadata(path).map_or(true, |found| found.is_file())) else {
        return File::create(path).and_then(|mut file| write(&mut file));
    };
    let part = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
    let written = File::create(&part).and_then(|mut file| {
        let result = write(&mut file)?;
        file.sync_all()?;
        Ok(result)
    });
    let renamed = written.and_then(|result| fs::rename(&part, path).map(|()| result));
    if renamed.is_err() {
        // What failed is told; a leftover that cannot be removed either is not worth another error.
        let _ = fs::remove_file(&part);
    }
    let result = renamed?;
    sync_folder(&folder_of(path))?;
    Ok(result)
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Brings the names in a folder to the disk, so that a rename outlives a power cut.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems have no such call; they keep names by themselves.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}
