//! Lists the image files of data sets with one folder per class.

use super::entry::{Entry, Kind, entries, name};
use super::error::DataError;
use super::notes::{Notes, SkippedEntries};
use super::part::Part;
use super::warning::Warning;
use crate::shown::Show;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The subfolder of a class folder with its images, as in TinyImageNet.
const IMAGES: &str = "images";

/// Image files with their labels, not decoded.
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

    /// Returns the files at `indices`.
    pub(super) fn select(&self, indices: &[usize]) -> Self {
        let paths = indices.iter().map(|index| self.paths[*index].clone()).collect();
        Self { paths, labels: indices.iter().map(|index| self.labels[*index]).collect() }
    }
}

/// Returns the folders in `folder`, sorted by name.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let folders = entries(folder)?.into_iter().filter(|entry| entry.kind == Kind::Folder);
    Ok(folders.map(|entry| entry.path).collect())
}

/// Returns the class folders in `folder`. Other images and special files are noted, because they have no class.
fn classes(folder: &Path, notes: &mut Notes) -> Result<Vec<PathBuf>, DataError> {
    let (classes, others): (Vec<_>, Vec<_>) = entries(folder)?.into_iter().partition(|e| e.kind == Kind::Folder);
    let images: Vec<_> = others.iter().filter(|entry| entry.has_image_extension()).collect();
    if let Some(first) = images.first() {
        notes.warnings.push(Warning::NoClass { count: images.len(), first: first.path.clone() });
    }
    let mut special = SkippedEntries::default();
    others.into_iter().filter(|entry| entry.kind == Kind::Special).for_each(|entry| special.add(entry));
    notes.skip(special);
    Ok(classes.into_iter().map(|entry| entry.path).collect())
}

/// Returns the images of a class folder or, if it has none, of its subfolder `images`.
///
/// # Errors
/// [`DataError::EmptyClass`] if there are no images.
pub(super) fn images(folder: &Path, notes: &mut Notes) -> Result<Vec<PathBuf>, DataError> {
    let (pictures, others): (Vec<_>, Vec<_>) = entries(folder)?.into_iter().partition(Entry::has_image_extension);
    let is_subfolder = |entry: &&Entry| entry.kind == Kind::Folder && name(&entry.path) == IMAGES;
    match others.iter().find(is_subfolder) {
        Some(entry) if pictures.is_empty() && has_images(&entry.path) => return images(&entry.path, notes),
        _ => {}
    }
    let mut skipped = SkippedEntries::default();
    others.into_iter().for_each(|entry| skipped.add(entry));
    if pictures.is_empty() {
        return Err(DataError::EmptyClass { path: folder.into(), holds: skipped.kinds() });
    }
    notes.skip(skipped);
    Ok(pictures.into_iter().map(|entry| entry.path).collect())
}

/// Whether `folder` directly contains an image.
pub(super) fn has_images(folder: &Path) -> bool {
    entries(folder).is_ok_and(|entries| entries.iter().any(Entry::has_image_extension))
}

/// Whether at least one folder in `folder` is a class folder: it has an image, or one in its subfolder `images`.
pub(super) fn has_classes(folder: &Path) -> bool {
    let is_class = |class: &PathBuf| has_images(class) || has_images(&class.join(IMAGES));
    folders(folder).is_ok_and(|classes| classes.iter().any(is_class))
}

/// Returns the subfolder of `folder` if it is the only entry.
pub(super) fn only_folder(folder: &Path) -> Option<PathBuf> {
    let entries = entries(folder).ok()?;
    let [Entry { path, kind: Kind::Folder }] = &entries[..] else { return None };
    Some(path.clone())
}

/// Whether `folder` certainly has class folders. If the only subfolder is called `images`, `folder` may itself be a
/// class.
pub(super) fn has_only_classes(folder: &Path) -> bool {
    has_classes(folder) && only_folder(folder).is_none_or(|only| name(&only) != IMAGES)
}

/// Lists the classes of the training folder `folder` and their files; labels are in the order of the names.
///
/// # Errors
/// A class folder without images, no class folders, or more than 65536.
pub(super) fn train(folder: &Path, notes: &mut Notes) -> Result<(Vec<OsString>, Listing), DataError> {
    let classes = classes(folder, notes)?;
    let mut listing = Listing::default();
    for (label, class) in classes.iter().enumerate() {
        let too_many = |_| DataError::TooManyClasses { path: folder.into(), found: classes.len() };
        let label = u16::try_from(label).map_err(too_many)?;
        match images(class, notes) {
            Ok(paths) => listing.add(paths, label),
            Err(error) => notes.error(error)?,
        }
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path: folder.into() }),
        false => Ok((classes.iter().map(|path| name(path).to_owned()).collect(), listing)),
    }
}

/// Lists the files of a validation or test folder; its classes must be among the `names` of the training part.
///
/// # Errors
/// A class that the training part does not have, or a class without images.
pub(super) fn held_out(folder: &Path, part: Part, names: &[OsString], notes: &mut Notes) -> Result<Listing, DataError> {
    let labels: HashMap<&OsStr, u16> = (0..=u16::MAX).zip(names).map(|(label, name)| (&**name, label)).collect();
    let mut listing = Listing::default();
    let mut missing: Vec<bool> = vec![true; names.len()];
    for class in classes(folder, notes)? {
        let Some(label) = labels.get(name(&class)).copied() else {
            let known = similar(name(&class), names).map(|known| known.shown().to_string());
            notes.error(DataError::ExtraClass { path: class, like: known })?;
            continue;
        };
        missing[usize::from(label)] = false;
        match images(&class, notes) {
            Ok(paths) => listing.add(paths, label),
            Err(error) => notes.error(error)?,
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

/// Returns the name that differs from `name` only by case, spaces, `-` and `_`.
fn similar<'a>(name: &OsStr, names: &'a [OsString]) -> Option<&'a OsString> {
    let normalised = |name: &OsStr| {
        let text = name.to_string_lossy().to_lowercase();
        text.chars().filter(|character| !matches!(character, ' ' | '-' | '_')).collect::<String>()
    };
    names.iter().find(|known| normalised(known) == normalised(name))
}
