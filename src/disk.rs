//! Atomic replacement of files, safe against crashes and full disks, and locked files.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// Number of attempts to lock a file that another process has locked, and the time between them.
const LOCK_ATTEMPTS: usize = 30;
const LOCK_INTERVAL: Duration = Duration::from_millis(10);

/// File name suffix of unfinished writes.
const PART_SUFFIX: &str = ".part";

/// An unfinished write that was not modified for this long is abandoned.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// Locks a file for this process. Tries several times: a process that another thread is starting holds all our open
/// files, even ones closed meanwhile, until its own program runs.
///
/// # Errors
/// Another process holds the lock, or the file system does not support locks.
pub fn lock(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 1..LOCK_ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_INTERVAL),
            outcome => return outcome,
        }
    }
    file.try_lock()
}

/// Replaces a file atomically.
///
/// # Errors
/// The file cannot be written. The old file is not changed, and no temporary file remains.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// Checks that [`replace`] can write a file, so that long work can be rejected before it begins. Leaves no files.
///
/// # Errors
/// The path is a folder, or a file beside it cannot be written.
pub fn check(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        // A device or a pipe: opening it may have side effects.
        Ok(found) if !found.is_file() => return Ok(()),
        _ => {}
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidFilename)?.to_string_lossy().into_owned();
    probe(&folder_of(path), &name)
}

/// Like [`check`], for a file whose folders may not exist yet.
///
/// # Errors
/// As [`check`], or a file where a folder is needed.
pub fn check_below(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return check(path);
    }
    let above = folder.ancestors().map(|above| if above == Path::new("") { Path::new(".") } else { above });
    let above = above.into_iter().find(|above| above.exists()).ok_or(ErrorKind::NotFound)?;
    probe(above, "check")
}

/// Creates an empty file in a folder and removes it.
fn probe(folder: &Path, name: &str) -> Result<()> {
    let part = folder.join(format!(".{name}.{}{PART_SUFFIX}", std::process::id()));
    File::create(&part).map(drop).and_then(|()| fs::remove_file(&part))
}

/// Replaces a file atomically by one that `write` writes: a temporary file beside it is written, synced and renamed.
/// Devices and other special files are written directly.
///
/// # Errors
/// As [`replace`].
pub fn replace_with<T>(path: &Path, write: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    let Some(name) = path.file_name().filter(|_| fs::metadata(path).map_or(true, |found| found.is_file())) else {
        return File::create(path).and_then(|mut file| write(&mut file));
    };
    let prefix = format!(".{}.", name.to_string_lossy());
    sweep_once(&folder_of(path), &prefix);
    let part = path.with_file_name(format!("{prefix}{}{PART_SUFFIX}", std::process::id()));
    let written = File::create(&part).and_then(|mut file| {
        // `sweep` skips locked files. Some file systems do not support locks; then the file is not locked.
        let _ = file.try_lock();
        let result = write(&mut file)?;
        file.sync_all()?;
        Ok(result)
    });
    let renamed = written.and_then(|result| fs::rename(&part, path).map(|()| result));
    if renamed.is_err() {
        // Only the first error is reported.
        let _ = fs::remove_file(&part);
    }
    let result = renamed?;
    sync_folder(&folder_of(path))?;
    Ok(result)
}

/// Removes the unfinished writes of killed processes in a folder: files named `.NAME.PROCESS.part`. Skips those of
/// running processes and those that cannot be read or removed.
pub fn sweep(folder: &Path) {
    sweep_prefix(folder, ".");
}

fn sweep_prefix(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((before, process)) = name.strip_suffix(PART_SUFFIX).and_then(|name| name.rsplit_once('.')) else {
            continue;
        };
        let (Ok(process), true) = (process.parse(), format!("{before}.").starts_with(prefix)) else { continue };
        if is_abandoned(&path, process) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether the process that was writing a file is gone: the file is not locked, and the process does not run or has not
/// modified the file for a long time (then another process has its id).
fn is_abandoned(path: &Path, process: u32) -> bool {
    let Ok(found) = fs::symlink_metadata(path).map(|found| (found.is_file(), found.modified())) else { return false };
    let (true, modified) = found else { return false };
    let Ok(file) = File::open(path) else { return false };
    if file.try_lock().is_err() {
        return false;
    }
    let old = || modified.ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > ABANDONED_AFTER);
    !is_running(process) || (process != std::process::id() && old())
}

/// Whether a process with this id runs. Returns true if the system does not report it.
fn is_running(process: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

/// Removes the unfinished writes of one file, the first time that this process writes it.
fn sweep_once(folder: &Path, prefix: &str) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let first = SWEPT.lock().is_ok_and(|mut swept| swept.insert(folder.join(prefix)));
    if first {
        sweep_prefix(folder, prefix);
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Syncs a folder to disk, so that a rename survives a power failure.
///
/// # Errors
/// An I/O error.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Does nothing: other systems sync folders by themselves.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}
