//! Collects skipped files, warnings and errors while a folder of images is listed.

use super::entry::{Entry, Kind};
use super::error::DataError;
use super::warning::Warning;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Entries of a folder or a data set that are not images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SkippedEntries {
    /// Number of files by extension in lower case, with the dot; empty for no extension.
    extensions: BTreeMap<String, usize>,
    /// Number of unexpected folders.
    folders: usize,
    first: Option<PathBuf>,
    /// Number of pipes, devices, sockets and broken links.
    special: usize,
    first_special: Option<PathBuf>,
}

impl SkippedEntries {
    /// Counts an entry that is not an image.
    pub(super) fn add(&mut self, Entry { path, kind }: Entry) {
        let first = match kind {
            Kind::Special => {
                self.special += 1;
                &mut self.first_special
            }
            Kind::Folder => {
                self.folders += 1;
                &mut self.first
            }
            Kind::File => {
                *self.extensions.entry(extension(&path)).or_default() += 1;
                &mut self.first
            }
        };
        first.get_or_insert(path);
    }

    fn append(&mut self, other: Self) {
        for (extension, count) in other.extensions {
            *self.extensions.entry(extension).or_default() += count;
        }
        self.folders += other.folders;
        self.special += other.special;
        self.first = self.first.take().or(other.first);
        self.first_special = self.first_special.take().or(other.first_special);
    }

    fn files(&self) -> usize {
        self.extensions.values().sum()
    }

    /// Lists the extensions with their counts, most frequent first: `7 .txt, 3 .heic, 2 without extension`.
    pub(super) fn kinds(&self) -> String {
        let mut extensions: Vec<_> = self.extensions.iter().collect();
        extensions.sort_by_key(|(extension, count)| (std::cmp::Reverse(**count), (*extension).clone()));
        let named = |(extension, count): (&String, &usize)| match extension.as_str() {
            "" => format!("{count} without extension"),
            extension => format!("{count} {extension}"),
        };
        let several = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let files = extensions.into_iter().map(named);
        let folders = several(self.folders, "folder", "folders");
        let special = several(self.special, "that is not a regular file", "that are not regular files");
        let kinds: Vec<_> = files.chain(folders).chain(special).collect();
        match kinds.is_empty() {
            true => "nothing".into(),
            false => kinds.join(", "),
        }
    }

    fn warnings(self) -> impl Iterator<Item = Warning> {
        let (count, folders) = (self.files(), self.folders);
        let kinds = Self { special: 0, ..self.clone() }.kinds();
        let skipped = self.first.map(|first| Warning::FilesSkipped { count: count + folders, kinds, first });
        let count = self.special;
        skipped.into_iter().chain(self.first_special.map(|first| Warning::NotRegular { count, first }))
    }
}

/// The extension of a file's name in lower case, with the dot.
fn extension(path: &Path) -> String {
    use crate::shown::Show;
    path.extension().map(|text| format!(".{}", text.shown()).to_lowercase()).unwrap_or_default()
}

/// Warnings and errors of a data set. Opening stops at the first error; a check collects all errors.
#[derive(Debug, Default)]
pub(super) struct Notes {
    skipped: SkippedEntries,
    /// Warnings so far, without those about skipped entries.
    pub(super) warnings: Vec<Warning>,
    /// Errors so far; `None` to stop at the first one.
    errors: Option<Vec<DataError>>,
}

impl Notes {
    /// Notes that collect errors instead of stopping at the first one.
    pub(super) fn collecting_errors() -> Self {
        Self { errors: Some(Vec::new()), ..Self::default() }
    }

    /// Adds entries that are not images.
    pub(super) fn skip(&mut self, entries: SkippedEntries) {
        self.skipped.append(entries);
    }

    /// Collects an error.
    ///
    /// # Errors
    /// Returns `error` unless errors are collected.
    pub(super) fn error(&mut self, error: DataError) -> Result<(), DataError> {
        match &mut self.errors {
            Some(errors) => {
                errors.push(error);
                Ok(())
            }
            None => Err(error),
        }
    }

    /// Returns all warnings and the collected errors.
    pub(super) fn finish(self) -> (Vec<Warning>, Vec<DataError>) {
        let Self { skipped, mut warnings, errors } = self;
        warnings.extend(skipped.warnings());
        (warnings, errors.unwrap_or_default())
    }
}
