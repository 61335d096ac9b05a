//! Entries of folders.

use super::error::DataError;
use super::image_file::EXTENSIONS;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

/// Whether the name is that of a hidden file or folder, or of one that other programs create.
#[must_use]
pub fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || SYSTEM_FOLDERS.iter().any(|known| name == *known)
}

/// Whether the path has the extension of a supported image format.
#[must_use]
pub fn has_image_extension(path: &Path) -> bool {
    has_extension(path, &EXTENSIONS)
}

/// Whether the path has the extension of a NumPy array, `.npy`.
#[must_use]
pub fn has_array_extension(path: &Path) -> bool {
    has_extension(path, &["npy"])
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| known.contains(&extension.as_str()))
}

/// Folders that other programs create; they are not classes.
const SYSTEM_FOLDERS: [&str; 2] = ["__MACOSX", "@eaDir"];

/// The kind of a folder entry, after following links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File,
    /// A pipe, a device, a socket, or a broken or cyclic link, which is not opened.
    Special,
}

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub path: PathBuf,
    pub kind: Kind,
}

impl Entry {
    fn new(entry: &DirEntry) -> Self {
        let path = entry.path();
        // Only links need a further system call.
        let kind = entry.file_type().ok().filter(|kind| !kind.is_symlink());
        let kind = kind.or_else(|| fs::metadata(&path).ok().map(|about| about.file_type()));
        let kind = match kind {
            Some(kind) if kind.is_dir() => Kind::Folder,
            Some(kind) if kind.is_file() => Kind::File,
            _ => Kind::Special,
        };
        Self { path, kind }
    }

    pub(super) fn has_image_extension(&self) -> bool {
        self.kind == Kind::File && has_image_extension(&self.path)
    }

    fn is_visible(&self) -> bool {
        !is_hidden(name(&self.path))
    }
}

/// Returns the entries of `folder` without hidden ones, sorted by name to be the same on every machine.
pub(super) fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let failed = |source| DataError::Read { path: folder.into(), source };
    let read: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut entries: Vec<_> = read.map_err(failed)?.iter().map(Entry::new).filter(Entry::is_visible).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// The last component of a path.
pub(super) fn name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}
