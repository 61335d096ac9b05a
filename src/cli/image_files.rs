//! Finds the image files named by arguments, including those in folders.

use super::output;
use crate::data::{IMAGE_EXTENSIONS, has_image_extension, is_hidden};
use crate::shown::Show;
use std::fs;
use std::path::{Path, PathBuf};

/// A file or an error found for an argument.
pub(super) enum Found {
    /// A file; it need not exist.
    File(PathBuf),
    /// A folder that cannot be read or contains no images.
    BadFolder {
        path: PathBuf,
        /// The error message.
        why: String,
    },
}

impl Found {
    /// Path of the file or folder.
    pub(super) fn path(&self) -> &Path {
        let (Self::File(path) | Self::BadFolder { path, .. }) = self;
        path
    }
}

/// Finds all files, in the order of the arguments; files within a folder are sorted by name.
pub(super) fn find(arguments: &[PathBuf]) -> Vec<Found> {
    let mut found = Vec::new();
    for path in arguments {
        if !path.is_dir() {
            found.push(Found::File(path.clone()));
            continue;
        }
        let (before, mut others, mut special) = (found.len(), 0, 0);
        walk(path, &mut found, &mut others, &mut special);
        if found.len() == before {
            let why = format!("{} contains no image files ({})", path.shown(), IMAGE_EXTENSIONS.join(", "));
            found.push(Found::BadFolder { path: path.clone(), why });
        }
        if special > 0 {
            let shown = path.shown();
            output::note(&format!("note: skipped {special} files in {shown} that are not regular files"));
        }
        if others > 0 && found.len() > before {
            output::note(&format!("note: skipped {others} files in {} that are not image files", path.shown()));
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<Found>, others: &mut usize, special: &mut usize) {
    let read = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match read {
        Ok(entries) => entries,
        Err(error) => {
            let why = format!("cannot read {}: {error}", folder.shown());
            return found.push(Found::BadFolder { path: folder.to_owned(), why });
        }
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if is_hidden(&entry.file_name()) {
            continue;
        }
        // Links to folders are not followed: they could form a cycle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, found, others, special);
        } else if has_image_extension(&path) && path.is_file() {
            found.push(Found::File(path));
        } else if !path.is_file() {
            *special += 1;
        } else {
            *others += 1;
        }
    }
}
