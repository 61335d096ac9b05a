//! Unpacks an untrusted archive: no files outside its folder, no links, a limit on the bytes.

use super::error::FetchError;
use super::release::{Archive, Release};
use super::{Stage, Watch};
use crate::disk::sync_folder;
use crate::shown::Show;
use flate2::read::GzDecoder;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;

/// Limit on the number of files; the largest data set, TinyImageNet, has 120,609.
const MAX_FILES: usize = 200_000;

/// Files of at least this many bytes are synced to disk before the folder is renamed.
const SYNC_BYTES: u64 = 1 << 20;

/// Unpacks the archive's folder to `into`, completely or not at all.
pub(super) fn unpack(archive: &Path, release: &Release, into: &Path, watch: Watch<'_>) -> Result<(), FetchError> {
    let temporary = temporary(release, into);
    // Left by a process that was killed. No other process unpacks here, because the archive is locked.
    let _ = fs::remove_dir_all(&temporary);
    let unpacked = unpack_to(archive, release, &temporary, watch).and_then(|()| {
        let (from, to) = (temporary.join(release.folder), into.join(release.folder));
        fs::rename(from, &to).and_then(|()| sync_folder(into)).map_err(FetchError::write(&to))
    });
    // A failure to remove the folder is not reported, so that it does not hide the first error.
    let _ = fs::remove_dir_all(&temporary);
    unpacked
}

/// The temporary folder that an archive is unpacked to.
fn temporary(release: &Release, into: &Path) -> PathBuf {
    into.join(format!(".{}.tmp", release.folder))
}

/// Removes the temporary folder of a killed process.
pub(super) fn sweep(release: &Release, into: &Path) {
    let _ = fs::remove_dir_all(temporary(release, into));
}

fn unpack_to(archive: &Path, release: &Release, to: &Path, watch: Watch<'_>) -> Result<(), FetchError> {
    let file = File::open(archive).map_err(FetchError::read(archive))?;
    fs::create_dir_all(to).map_err(FetchError::write(to))?;
    let mut target = Target { archive, to, made: HashSet::new(), files: 0, left: release.most_unpacked };
    let report = &mut |left: u64| watch(Stage::Unpack, release.most_unpacked - left, release.most_unpacked);
    match release.archive {
        Archive::TarGz => tar_gz(file, &mut target, report)?,
        Archive::Zip => zip(file, &mut target, report)?,
    }
    match to.join(release.folder).is_dir() {
        true => Ok(()),
        false => Err(target.refuse(format!("it has no folder {}", release.folder))),
    }
}

/// Receives the number of bytes that may still be unpacked.
type Report<'a> = &'a mut dyn FnMut(u64);

fn tar_gz(file: File, target: &mut Target<'_>, report: Report<'_>) -> Result<(), FetchError> {
    // The limit includes headers, because the tar reader holds long names in memory.
    let bytes = Bounded { from: GzDecoder::new(BufReader::new(file)), left: target.left };
    let mut archive = tar::Archive::new(bytes);
    let damaged = |target: &Target<'_>, error: io::Error| target.refuse(error.to_string());
    for entry in archive.entries().map_err(|error| damaged(target, error))? {
        let mut entry = entry.map_err(|error| damaged(target, error))?;
        let path = entry.path().map_err(|error| damaged(target, error))?.into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            target.folder(&path)?;
        } else if kind.is_file() {
            target.file(&path, &mut entry)?;
        } else {
            return Err(target.refuse(format!("`{}` is neither a file nor a folder", path.shown())));
        }
        report(target.left);
    }
    Ok(())
}

fn zip(file: File, target: &mut Target<'_>, report: Report<'_>) -> Result<(), FetchError> {
    let damaged = |target: &Target<'_>, error: zip::result::ZipError| target.refuse(error.to_string());
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(target, error))?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| damaged(target, error))?;
        let path = PathBuf::from(entry.name().map_err(|error| damaged(target, error))?.as_ref());
        if entry.is_symlink() {
            return Err(target.refuse(format!("`{}` is neither a file nor a folder", path.shown())));
        } else if entry.is_dir() {
            target.folder(&path)?;
        } else {
            target.file(&path, &mut entry)?;
        }
        report(target.left);
    }
    Ok(())
}

/// The folder to unpack to and the remaining limits.
struct Target<'a> {
    archive: &'a Path,
    to: &'a Path,
    /// Folders created so far.
    made: HashSet<PathBuf>,
    files: usize,
    left: u64,
}

impl Target<'_> {
    fn refuse(&self, what: String) -> FetchError {
        FetchError::Archive { path: self.archive.into(), what }
    }

    /// Converts a path of the archive to one in the folder; refuses paths that leave the folder.
    fn resolve(&self, path: &Path) -> Result<PathBuf, FetchError> {
        let plain = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        match path.components().all(|part| plain(&part)) {
            true => Ok(self.to.join(path)),
            false => Err(self.refuse(format!("`{}` leads outside of its folder", path.shown()))),
        }
    }

    fn folder(&mut self, path: &Path) -> Result<(), FetchError> {
        let folder = self.resolve(path)?;
        if !self.made.contains(&folder) {
            fs::create_dir_all(&folder).map_err(FetchError::write(&folder))?;
            self.made.insert(folder);
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, from: &mut dyn Read) -> Result<(), FetchError> {
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(self.refuse(format!("it has more than {MAX_FILES} files")));
        }
        let target = self.resolve(path)?;
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        // Never overwrites a file and never follows a link.
        let mut file = File::create_new(&target).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => self.refuse(format!("it contains `{}` twice", path.shown())),
            _ => FetchError::write(&target)(error),
        })?;
        let mut bounded = Bounded { from, left: self.left };
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = bounded.read(&mut buffer).map_err(|error| self.refuse(format!("{}: {error}", path.shown())))?;
            if count == 0 {
                break;
            }
            io::Write::write_all(&mut file, &buffer[..count]).map_err(FetchError::write(&target))?;
        }
        self.left = bounded.left;
        // Syncing a hundred thousand small files would take longer than the download.
        if file.metadata().is_ok_and(|about| about.len() >= SYNC_BYTES) {
            file.sync_all().map_err(FetchError::write(&target))?;
        }
        Ok(())
    }
}

/// A reader that fails after more than `left` bytes.
struct Bounded<R> {
    from: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other("it unpacks to more bytes than the data set has, so it is not the published archive")
        })?;
        Ok(count)
    }
}
