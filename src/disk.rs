//! Files that are there whole or as they were before, after a crash or on a full disk too; and files of one process alone.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// How often, and how far apart, a lock is tried that another process has.
const TRIES: usize = 30;
const APART: Duration = Duration::from_millis(10);

/// What names of unfinished writes end with.
const PART: &str = ".part";

/// An unfinished write that was not touched for so long is no process's any more.
const LONG: Duration = Duration::from_secs(3600);

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

/// Whether [`replace`] could write a file now, for work that takes long to be refused before it begins. Nothing stays behind.
///
/// # Errors
/// A folder in its place, and what the system says to a file beside it.
pub fn check(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        // A device or a pipe: opening it may do something.
        Ok(found) if !found.is_file() => return Ok(()),
        _ => {}
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidFilename)?.to_string_lossy().into_owned();
    probe(&folder_of(path), &name)
}

/// The same for a file in folders that would be made for it.
///
/// # Errors
/// As [`check`], and a file in the place of a folder.
pub fn check_below(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return check(path);
    }
    let above = folder.ancestors().map(|above| if above == Path::new("") { Path::new(".") } else { above });
    let above = above.into_iter().find(|above| above.exists()).ok_or(ErrorKind::NotFound)?;
    probe(above, "check")
}

/// Writes an empty file in a folder and removes it.
fn probe(folder: &Path, name: &str) -> Result<()> {
    let part = folder.join(format!(".{name}.{}{PART}", std::process::id()));
    File::create(&part).map(drop).and_then(|()| fs::remove_file(&part))
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
    let beginning = format!(".{}.", name.to_string_lossy());
    sweep_once(&folder_of(path), &beginning);
    let part = path.with_file_name(format!("{beginning}{}{PART}", std::process::id()));
    let written = File::create(&part).and_then(|mut file| {
        // Whoever sweeps leaves a locked file alone; some file systems know no locks, and go without.
        let _ = file.try_lock();
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

/// Removes what killed processes left of unfinished writes in a folder: files named `.NAME.PROCESS.part`. Those of processes
/// that still run stay. What cannot be looked at or removed stays too.
pub fn sweep(folder: &Path) {
    sweep_of(folder, ".");
}

fn sweep_of(folder: &Path, beginning: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((before, process)) = name.strip_suffix(PART).and_then(|name| name.rsplit_once('.')) else { continue };
        let (Ok(process), true) = (process.parse(), format!("{before}.").starts_with(beginning)) else { continue };
        if is_abandoned(&path, process) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether a process that was writing a file is gone: the file is not locked, and the process does not run or has not touched it
/// for long (another one has its number then).
fn is_abandoned(path: &Path, process: u32) -> bool {
    let Ok(found) = fs::symlink_metadata(path).map(|found| (found.is_file(), found.modified())) else { return false };
    let (true, modified) = found else { return false };
    let Ok(file) = File::open(path) else { return false };
    if file.try_lock().is_err() {
        return false;
    }
    let old = || modified.ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > LONG);
    !runs(process) || (process != std::process::id() && old())
}

/// Whether a process of this number runs, as far as the system tells; where it does not tell, one that runs is assumed.
fn runs(process: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

/// Sweeps what is left of one file, the first time that this process writes it.
fn sweep_once(folder: &Path, beginning: &str) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let first = SWEPT.lock().is_ok_and(|mut swept| swept.insert(folder.join(beginning)));
    if first {
        sweep_of(folder, beginning);
    }
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
