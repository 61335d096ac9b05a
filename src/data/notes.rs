//! What is noticed while a folder of pictures is looked through: files that are not read, oddities, faults.

use super::error::DataError;
use super::tree::{Entry, Kind};
use super::warning::Warning;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a folder or a data set has beside its pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Others {
    /// Files by their ending in lower case, with the dot; without one, the empty text.
    endings: BTreeMap<String, usize>,
    /// Folders where pictures belong.
    folders: usize,
    first: Option<PathBuf>,
    /// Pipes, devices, sockets and links that lead nowhere.
    special: usize,
    first_special: Option<PathBuf>,
}

impl Others {
    /// Counts an entry that is no picture.
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
                *self.endings.entry(ending(&path)).or_default() += 1;
                &mut self.first
            }
        };
        first.get_or_insert(path);
    }

    fn append(&mut self, other: Self) {
        for (ending, count) in other.endings {
            *self.endings.entry(ending).or_default() += count;
        }
        self.folders += other.folders;
        self.special += other.special;
        self.first = self.first.take().or(other.first);
        self.first_special = self.first_special.take().or(other.first_special);
    }

    fn files(&self) -> usize {
        self.endings.values().sum()
    }

    /// The kinds and how many there are of each, the most frequent first: `7 .txt, 3 .heic, 2 without ending`.
    pub(super) fn kinds(&self) -> String {
        let mut endings: Vec<_> = self.endings.iter().collect();
        endings.sort_by_key(|(ending, count)| (std::cmp::Reverse(**count), (*ending).clone()));
        let named = |(ending, count): (&String, &usize)| match ending.as_str() {
            "" => format!("{count} without ending"),
            ending => format!("{count} {ending}"),
        };
        let several = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let files = endings.into_iter().map(named);
        let folders = several(self.folders, "folder", "folders");
        let special = several(self.special, "that is no regular file", "that are no regular files");
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

/// The ending of a file's name in lower case, with its dot.
fn ending(path: &Path) -> String {
    use crate::shown::Show;
    path.extension().map(|text| format!(".{}", text.shown()).to_lowercase()).unwrap_or_default()
}

/// Notes about a data set. An opening ends at the first fault; a check lists them all.
#[derive(Debug, Default)]
pub(super) struct Notes {
    others: Others,
    /// What is odd.
    pub(super) warnings: Vec<Warning>,
    /// The faults so far, where all are wanted.
    faults: Option<Vec<DataError>>,
}

impl Notes {
    /// Notes that go on after a fault.
    pub(super) fn of_all_faults() -> Self {
        Self { faults: Some(Vec::new()), ..Self::default() }
    }

    /// Notes what was found beside pictures.
    pub(super) fn others(&mut self, others: Others) {
        self.others.append(others);
    }

    /// Notes a fault.
    ///
    /// # Errors
    /// The same fault, unless all are wanted.
    pub(super) fn fault(&mut self, error: DataError) -> Result<(), DataError> {
        match &mut self.faults {
            Some(faults) => {
                faults.push(error);
                Ok(())
            }
            None => Err(error),
        }
    }

    /// All warnings, and the faults that were gone past.
    pub(super) fn done(self) -> (Vec<Warning>, Vec<DataError>) {
        let Self { others, mut warnings, faults } = self;
        warnings.extend(others.warnings());
        (warnings, faults.unwrap_or_default())
    }
}
