//! Class-per-folder image trees: which files there are and which class each belongs to.

use super::error::DataError;
use super::warning::Warning;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Image files with their labels, not yet decoded.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub paths: Vec<PathBuf>,
    pub labels: Vec<u16>,
}

impl Listing {
    fn add(&mut self, paths: Vec<PathBuf>, label: u16) {
        self.labels.resize(self.labels.len() + paths.len(), label);
        self.paths.extend(paths);
    }

    /// The files at `places`.
    pub(super) fn select(&self, places: &[usize]) -> Self {
        let paths = places.iter().map(|place| self.paths[*place].clone()).collect();
        Self { paths, labels: places.iter().map(|place| self.labels[*place]).collect() }
    }
}

/// Files that were passed over because their names are no images'.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    count: usize,
    first: Option<PathBuf>,
}

impl Skipped {
    pub(super) fn warning(self) -> Option<Warning> {
        self.first.map(|first| Warning::FilesSkipped { count: self.count, first })
    }
}

/// The entries of `folder` without hidden ones, in the order of their names: the same on every machine.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read { path: folder.into(), source };
    let read: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(failed)?.collect();
    let mut paths: Vec<_> = read.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

/// The last part of a path, for people.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folders in `folder`, in the order of their names.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().map(|text| text.to_string_lossy().to_ascii_lowercase());
    matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png")) && !path.is_dir()
}

/// The images of one class folder.
///
/// # Errors
/// [`DataError::EmptyClass`] where it has none.
pub(super) fn images(folder: &Path, skipped: &mut Skipped) -> Result<Vec<PathBuf>, DataError> {
    let (images, others): (Vec<_>, Vec<_>) = entries(folder)?.into_iter().partition(|path| is_image(path));
    if images.is_empty() {
        return Err(DataError::EmptyClass { path: folder.into() });
    }
    skipped.count += others.len();
    skipped.first = skipped.first.take().or_else(|| others.into_iter().next());
    Ok(images)
}

/// True where at least one folder in `folder` has an image of its own.
pub(super) fn has_classes(folder: &Path) -> bool {
    let has_image = |class: &PathBuf| entries(class).is_ok_and(|entries| entries.iter().any(|path| is_image(path)));
    folders(folder).is_ok_and(|classes| classes.iter().any(has_image))
}

/// The classes of the training folder `folder` and their files; labels follow the order of the names.
pub(super) fn train(folder: &Path, skipped: &mut Skipped) -> Result<(Vec<String>, Listing), DataError> {
    let classes = folders(folder)?;
    let mut listing = Listing::default();
    for (label, class) in classes.iter().enumerate() {
        let too_many = |_| DataError::TooManyClasses { path: folder.into(), found: classes.len() };
        listing.add(images(class, skipped)?, u16::try_from(label).map_err(too_many)?);
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path: folder.into() }),
        false => Ok((classes.iter().map(|path| name(path)).collect(), listing)),
    }
}

/// The files of the held-out folder `folder`, whose classes are all among the `names` of the training part.
pub(super) fn held_out(
    folder: &Path,
    names: &[String],
    skipped: &mut Skipped,
) -> Result<(Listing, Option<Warning>), DataError> {
    let labels: HashMap<&str, usize> = names.iter().enumerate().map(|(label, name)| (name.as_str(), label)).collect();
    let mut listing = Listing::default();
    let mut seen = vec![false; names.len()];
    for class in folders(folder)? {
        let label = labels.get(name(&class).as_str()).copied();
        let label = label.ok_or_else(|| DataError::ExtraClass { path: class.clone() })?;
        seen[label] = true;
        listing.add(images(&class, skipped)?, u16::try_from(label).map_err(|_| too_many(names.len()))?);
    }
    if listing.paths.is_empty() {
        return Err(DataError::Empty { path: folder.into() });
    }
    let missing: Vec<_> = names.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|(name, _)| name).collect();
    let warning =
        missing.first().map(|first| Warning::ClassesMissing { count: missing.len(), first: (*first).clone() });
    Ok((listing, warning))
}

fn too_many(classes: usize) -> DataError {
    DataError::Invalid(format!("{classes} classes are more than the 65536 that labels can tell apart"))
}
