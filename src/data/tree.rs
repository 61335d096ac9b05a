//! Class-per-folder image trees: which files there are and which class each belongs to.

use super::error::DataError;
use super::notes::{Notes, Others};
use super::picture::ENDINGS;
use super::warning::{Part, Warning};
use crate::shown::Show;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

/// Whether a name is that of a hidden file or folder, or of one that programs leave behind.
#[must_use]
pub fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || LEFT_BEHIND.iter().any(|known| name == *known)
}

/// Whether a path has the ending of a picture file that is read.
#[must_use]
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Folders that programs leave behind; they hold no classes.
const LEFT_BEHIND: [&str; 2] = ["__MACOSX", "@eaDir"];

/// The folder within a class folder that TinyImageNet puts its pictures into.
const IMAGES: &str = "images";

/// Image files with their labels, not yet decoded.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    pub paths: Vec<PathBuf>,
    pub labels: Vec<u16>,
}

impl Listing {
    pub(super) fn add(&mut self, paths: Vec<PathBuf>, label: u16) {
        self.labels.resize(self.labels.len() + paths.len(), label);
        self.paths.extend(paths);
    }

    /// The files at `places`.
    pub(super) fn select(&self, places: &[usize]) -> Self {
        let paths = places.iter().map(|place| self.paths[*place].clone()).collect();
        Self { paths, labels: places.iter().map(|place| self.labels[*place]).collect() }
    }
}

/// What an entry of a folder is, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File,
    /// A pipe, a device, a socket, or a link that leads nowhere or in a circle: nothing to open.
    Special,
}

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub path: PathBuf,
    pub kind: Kind,
}

impl Entry {
    fn of(entry: &DirEntry) -> Self {
        let path = entry.path();
        // Most entries are what they seem, and only links have to be followed.
        let kind = entry.file_type().ok().filter(|kind| !kind.is_symlink());
        let kind = kind.or_else(|| fs::metadata(&path).ok().map(|about| about.file_type()));
        let kind = match kind {
            Some(kind) if kind.is_dir() => Kind::Folder,
            Some(kind) if kind.is_file() => Kind::File,
            _ => Kind::Special,
        };
        Self { path, kind }
    }

    fn is_picture(&self) -> bool {
        self.kind == Kind::File && is_picture(&self.path)
    }

    fn is_seen(&self) -> bool {
        !is_hidden(name(&self.path))
    }
}

/// The entries of `folder` without hidden ones, in the order of their names: the same on every machine.
fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let failed = |source| DataError::Read { path: folder.into(), source };
    let read: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut entries: Vec<_> = read.map_err(failed)?.iter().map(Entry::of).filter(Entry::is_seen).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// The folders in `folder`, in the order of their names.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let folders = entries(folder)?.into_iter().filter(|entry| entry.kind == Kind::Folder);
    Ok(folders.map(|entry| entry.path).collect())
}

/// The folders in `folder`; what lies beside them is noted, since it is in no class.
fn classes(folder: &Path, notes: &mut Notes) -> Result<Vec<PathBuf>, DataError> {
    let (classes, beside): (Vec<_>, Vec<_>) = entries(folder)?.into_iter().partition(|e| e.kind == Kind::Folder);
    let pictures: Vec<_> = beside.iter().filter(|entry| entry.is_picture()).collect();
    if let Some(first) = pictures.first() {
        notes.warnings.push(Warning::NoClass { count: pictures.len(), first: first.path.clone() });
    }
    let mut special = Others::default();
    beside.into_iter().filter(|entry| entry.kind == Kind::Special).for_each(|entry| special.add(entry));
    notes.others(special);
    Ok(classes.into_iter().map(|entry| entry.path).collect())
}

/// The images of one class folder or, where it has none itself, of the folder `images` in it.
///
/// # Errors
/// [`DataError::EmptyClass`] where it has none.
pub(super) fn images(folder: &Path, notes: &mut Notes) -> Result<Vec<PathBuf>, DataError> {
    let (pictures, beside): (Vec<_>, Vec<_>) = entries(folder)?.into_iter().partition(Entry::is_picture);
    let deeper = |entry: &&Entry| entry.kind == Kind::Folder && name(&entry.path) == IMAGES;
    match beside.iter().find(deeper) {
        Some(entry) if pictures.is_empty() && has_images(&entry.path) => return images(&entry.path, notes),
        _ => {}
    }
    let mut others = Others::default();
    beside.into_iter().for_each(|entry| others.add(entry));
    if pictures.is_empty() {
        return Err(DataError::EmptyClass { path: folder.into(), holds: others.kinds() });
    }
    notes.others(others);
    Ok(pictures.into_iter().map(|entry| entry.path).collect())
}

/// True where `folder` itself has an image.
pub(super) fn has_images(folder: &Path) -> bool {
    entries(folder).is_ok_and(|entries| entries.iter().any(Entry::is_picture))
}

/// True where at least one folder in `folder` is a class folder: it has an image, or one in its folder `images`.
pub(super) fn has_classes(folder: &Path) -> bool {
    let is_class = |class: &PathBuf| has_images(class) || has_images(&class.join(IMAGES));
    folders(folder).is_ok_and(|classes| classes.iter().any(is_class))
}

/// The folder in `folder`, where there is nothing else.
pub(super) fn only_folder(folder: &Path) -> Option<PathBuf> {
    let entries = entries(folder).ok()?;
    let [Entry { path, kind: Kind::Folder }] = &entries[..] else { return None };
    Some(path.clone())
}

/// True of a folder that can only hold class folders: in one whose only folder is called `images`, that may be a class's own.
pub(super) fn has_classes_surely(folder: &Path) -> bool {
    has_classes(folder) && only_folder(folder).is_none_or(|only| name(&only) != IMAGES)
}

/// The classes of the training folder `folder` and their files; labels follow the order of the names.
///
/// # Errors
/// A class folder without images, no class folders, or more than a label can count.
pub(super) fn train(folder: &Path, notes: &mut Notes) -> Result<(Vec<OsString>, Listing), DataError> {
    let classes = classes(folder, notes)?;
    let mut listing = Listing::default();
    for (label, class) in classes.iter().enumerate() {
        let too_many = |_| DataError::TooManyClasses { path: folder.into(), found: classes.len() };
        let label = u16::try_from(label).map_err(too_many)?;
        match images(class, notes) {
            Ok(paths) => listing.add(paths, label),
            Err(error) => notes.fault(error)?,
        }
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path: folder.into() }),
        false => Ok((classes.iter().map(|path| name(path).to_owned()).collect(), listing)),
    }
}

/// The files of the folder `folder` of another part, whose classes are all among the `names` of the training part.
///
/// # Errors
/// A class that the training part does not have, or one without images.
pub(super) fn held_out(folder: &Path, part: Part, names: &[OsString], notes: &mut Notes) -> Result<Listing, DataError> {
    let labels: HashMap<&OsStr, u16> = (0..=u16::MAX).zip(names).map(|(label, name)| (&**name, label)).collect();
    let mut listing = Listing::default();
    let mut missing: Vec<bool> = vec![true; names.len()];
    for class in classes(folder, notes)? {
        let Some(label) = labels.get(name(&class)).copied() else {
            let known = alike(name(&class), names).map(|known| known.shown().to_string());
            notes.fault(DataError::ExtraClass { path: class, like: known })?;
            continue;
        };
        missing[usize::from(label)] = false;
        match images(&class, notes) {
            Ok(paths) => listing.add(paths, label),
            Err(error) => notes.fault(error)?,
        }
    }
    if listing.paths.is_empty() {
        return Err(DataError::Empty { path: folder.into() });
    }
    let missing: Vec<_> = names.iter().zip(missing).filter(|(_, missing)| *missing).map(|(name, _)| name).collect();
    if let Some(first) = missing.first() {
        let (count, first) = (missing.len(), first.shown().to_string());
        notes.warnings.push(Warning::ClassesMissing { part, count, first });
    }
    Ok(listing)
}

/// The name that differs from `name` only by case, spaces, `-` and `_`.
fn alike<'a>(name: &OsStr, names: &'a [OsString]) -> Option<&'a OsString> {
    let plain = |name: &OsStr| {
        let text = name.to_string_lossy().to_lowercase();
        text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).collect::<String>()
    };
    names.iter().find(|known| plain(known) == plain(name))
}
