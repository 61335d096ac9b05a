//! The picture files that arguments name: files as they are, and what is in folders.

use super::output;
use crate::data::{PICTURE_ENDINGS, is_hidden, is_picture};
use crate::shown::Show;
use std::fs;
use std::path::{Path, PathBuf};

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
        let (before, mut others, mut special) = (found.len(), 0, 0);
        walk(path, &mut found, &mut others, &mut special);
        if found.len() == before {
            let why = format!("{} has no picture files ({})", path.shown(), PICTURE_ENDINGS.join(", "));
            found.push(Found::Wrong { path: path.clone(), why });
        }
        if special > 0 {
            let shown = path.shown();
            output::note(&format!("note: not opened, because they are no regular files, in {shown}: {special}"));
        }
        if others > 0 && found.len() > before {
            output::note(&format!("note: {others} files in {} are no picture files", path.shown()));
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
            return found.push(Found::Wrong { path: folder.to_owned(), why });
        }
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if is_hidden(&entry.file_name()) {
            continue;
        }
        // A link to a folder could lead in circles.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, found, others, special);
        } else if is_picture(&path) && path.is_file() {
            found.push(Found::File(path));
        } else if !path.is_file() {
            *special += 1;
        } else {
            *others += 1;
        }
    }
}
