//! Unpacking an untrusted archive: nothing outside its folder, no links, a limit on bytes.

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

/// More files than any of the data sets has (TinyImageNet has 120,609).
const MOST_FILES: usize = 200_000;

/// Files of so many bytes are on the disk before the folder gets its name.
const FLUSHED: u64 = 1 << 20;

/// Puts the archive's folder into `into`, whole or not at all.
pub(super) fn unpack(archive: &Path, release: &Release, into: &Path, watch: Watch<'_>) -> Result<(), FetchError> {
    let temporary = temporary(release, into);
    // Of a process that was killed; no other unpacks here, the archive is locked.
    let _ = fs::remove_dir_all(&temporary);
    let unpacked = unpack_to(archive, release, &temporary, watch).and_then(|()| {
        let (from, to) = (temporary.join(release.folder), into.join(release.folder));
        fs::rename(from, &to).and_then(|()| sync_folder(into)).map_err(FetchError::write(&to))
    });
    // What failed is told; a leftover that cannot be removed is not worth another error.
    let _ = fs::remove_dir_all(&temporary);
    unpacked
}

/// The folder that an archive is unpacked to first.
fn temporary(release: &Release, into: &Path) -> PathBuf {
    into.join(format!(".{}.tmp", release.folder))
}

/// Removes it where a killed process left it.
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

/// Is told how many bytes may still come.
type Report<'a> = &'a mut dyn FnMut(u64);

fn tar_gz(file: File, target: &mut Target<'_>, report: Report<'_>) -> Result<(), FetchError> {
    // The bound holds for headers too: the tar reader keeps long names in memory.
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

/// The folder that is written to, and what may still be written.
struct Target<'a> {
    archive: &'a Path,
    to: &'a Path,
    /// Folders made already.
    made: HashSet<PathBuf>,
    files: usize,
    left: u64,
}

impl Target<'_> {
    fn refuse(&self, what: String) -> FetchError {
        FetchError::Archive { path: self.archive.into(), what }
    }

    /// A path of the archive in the folder; only plain names lead there.
    fn place(&self, path: &Path) -> Result<PathBuf, FetchError> {
        let plain = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        match path.components().all(|part| plain(&part)) {
            true => Ok(self.to.join(path)),
            false => Err(self.refuse(format!("`{}` leads out of its folder", path.shown()))),
        }
    }

    fn folder(&mut self, path: &Path) -> Result<(), FetchError> {
        let place = self.place(path)?;
        if !self.made.contains(&place) {
            fs::create_dir_all(&place).map_err(FetchError::write(&place))?;
            self.made.insert(place);
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, from: &mut dyn Read) -> Result<(), FetchError> {
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(self.refuse(format!("it has more than {MOST_FILES} files")));
        }
        let place = self.place(path)?;
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        // Only a new file is written: no name twice, and nothing behind a link.
        let mut file = File::create_new(&place).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => self.refuse(format!("`{}` is in it twice", path.shown())),
            _ => FetchError::write(&place)(error),
        })?;
        let mut bounded = Bounded { from, left: self.left };
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = bounded.read(&mut buffer).map_err(|error| self.refuse(format!("{}: {error}", path.shown())))?;
            if count == 0 {
                break;
            }
            io::Write::write_all(&mut file, &buffer[..count]).map_err(FetchError::write(&place))?;
        }
        self.left = bounded.left;
        // Flushing a hundred thousand small files would take longer than downloading them.
        if file.metadata().is_ok_and(|about| about.len() >= FLUSHED) {
            file.sync_all().map_err(FetchError::write(&place))?;
        }
        Ok(())
    }
}

/// A reader that fails where more comes than there may be.
struct Bounded<R> {
    from: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other("it unpacks to more bytes than the data set has, which a whole archive does not")
        })?;
        Ok(count)
    }
}
