//! The picture files that arguments name: files as they are, and what is in folders.

use super::output;
use std::fs;
use std::path::{Path, PathBuf};

/// Endings of picture files in folders, in lower case.
const ENDINGS: [&str; 9] = ["jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// What an argument led to.
pub(super) enum Found {
    /// A file.
    File(PathBuf),
    /// A folder that cannot be read or has no pictures.
    Wrong {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Found {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        let (Self::File(path) | Self::Wrong { path, .. }) = self;
        path
    }
}

/// All files, in the order of the arguments and, within a folder, of their names.
pub(super) fn find(arguments: &[PathBuf]) -> Vec<Found> {
    let mut found = Vec::new();
    for path in arguments {
        if !path.is_dir() {
            found.push(Found::File(path.clone()));
            continue;
        }
        let (before, mut others) = (found.len(), 0);
        walk(path, &mut found, &mut others);
        if found.len() == before {
            let why = format!("{} has no picture files ({})", path.display(), ENDINGS.join(", "));
            found.push(Found::Wrong { path: path.clone(), why });
        } else if others > 0 {
            output::note(&format!("note: {others} files in {} are no pictures by their endings", path.display()));
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<Found>, others: &mut usize) {
    let read = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match read {
        Ok(entries) => entries,
        Err(error) => {
            let why = format!("cannot read {}: {error}", folder.display());
            return found.push(Found::Wrong { path: folder.to_owned(), why });
        }
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // A link to a folder could lead in circles.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, found, others);
        } else if is_picture(&path) && path.is_file() {
            found.push(Found::File(path));
        } else {
            *others += 1;
        }
    }
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}
