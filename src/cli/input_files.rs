//! Finds the files with images or signals named by arguments, including those in folders.

use super::output;
use crate::data::{IMAGE_EXTENSIONS, has_array_extension, has_image_extension, is_hidden, is_label_file};
use crate::shown::Show;
use std::fs;
use std::path::{Path, PathBuf};

/// What the files contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// An image.
    Image,
    /// A NumPy array of signals.
    Signals,
}

impl Content {
    /// Whether a file in a folder has such content, according to its name.
    fn is_in(self, path: &Path) -> bool {
        match self {
            Self::Image => has_image_extension(path),
            Self::Signals => has_array_extension(path) && !is_label_file(path),
        }
    }

    fn files(self) -> &'static str {
        match self {
            Self::Image => "image files",
            Self::Signals => "arrays of signals",
        }
    }

    fn extensions(self) -> String {
        match self {
            Self::Image => IMAGE_EXTENSIONS.join(", "),
            Self::Signals => "npy".to_owned(),
        }
    }
}

/// A file or an error found for an argument.
pub(super) enum Found {
    /// A file; it need not exist.
    File(PathBuf),
    /// A folder that cannot be read or contains no such files.
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
pub(super) fn find(arguments: &[PathBuf], content: Content) -> Vec<Found> {
    let mut found = Vec::new();
    for path in arguments {
        if !path.is_dir() {
            found.push(Found::File(path.clone()));
            continue;
        }
        let (before, mut others, mut special) = (found.len(), 0, 0);
        walk(path, content, &mut found, &mut others, &mut special);
        if found.len() == before {
            let why = format!("{} contains no {} ({})", path.shown(), content.files(), content.extensions());
            found.push(Found::BadFolder { path: path.clone(), why });
        }
        if special > 0 {
            let shown = path.shown();
            output::note(&format!("note: skipped {special} files in {shown} that are not regular files"));
        }
        if others > 0 && found.len() > before {
            let (shown, files) = (path.shown(), content.files());
            output::note(&format!("note: skipped {others} files in {shown} that are not {files}"));
        }
    }
    found
}

fn walk(folder: &Path, content: Content, found: &mut Vec<Found>, others: &mut usize, special: &mut usize) {
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
            walk(&path, content, found, others, special);
        } else if content.is_in(&path) && path.is_file() {
            found.push(Found::File(path));
        } else if !path.is_file() {
            *special += 1;
        } else {
            *others += 1;
        }
    }
}
