//! Lists the image files of a data set with their part and class, without decoding them.

use super::error::DataError;
use super::notes::Notes;
use super::part::Part;
use super::roles::Parts;
use super::tiny;
use super::tree::{self, Listing};
use crate::shown::Show;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The image files of a data set.
#[derive(Debug)]
pub(super) struct Listed {
    pub layout: &'static str,
    /// Human-readable, unique class names.
    pub classes: Vec<String>,
    pub train: Listing,
    pub validation: Option<Listing>,
    /// `None` if the test part is to be split off from the training part.
    pub test: Option<Listing>,
}

impl Listed {
    /// The existing parts.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Part, &Listing)> {
        let validation = self.validation.as_ref().map(|listing| (Part::Validation, listing));
        let test = self.test.as_ref().map(|listing| (Part::Test, listing));
        std::iter::once((Part::Training, &self.train)).chain(validation).chain(test)
    }
}

/// Whether the folder has a layout of image files, valid or not.
pub(super) fn is_layout(folder: &Path) -> bool {
    tiny::is_layout(folder) || Parts::of_classes(folder).is_ok_and(|parts| parts.is_some()) || tree::has_classes(folder)
}

/// Lists the image files in `folder`; `None` if it has no layout of image files.
///
/// # Errors
/// A problem with the folders. If `notes` collect errors, only one that leaves nothing to list.
pub(super) fn list(folder: &Path, notes: &mut Notes) -> Result<Option<Listed>, DataError> {
    if tiny::is_layout(folder) {
        return tiny_imagenet(folder, notes).map(Some);
    }
    if let Some(parts) = Parts::of_classes(folder)? {
        notes.warnings.extend(parts.warnings());
        let (names, train) = tree::train(&parts.train, notes)?;
        let mut held_out = |path: &PathBuf, part| tree::held_out(path, part, &names, notes);
        return listed("folders", parts, shown(&names), train, &mut held_out).map(Some);
    }
    if !tree::has_classes(folder) {
        return Ok(None);
    }
    let (names, train) = tree::train(folder, notes)?;
    let classes = shown(&names);
    Ok(Some(Listed { layout: "folders", classes, train, validation: None, test: None }))
}

fn shown(names: &[OsString]) -> Vec<String> {
    names.iter().map(|name| name.shown().to_string()).collect()
}

fn tiny_imagenet(folder: &Path, notes: &mut Notes) -> Result<Listed, DataError> {
    let ids = tiny::ids(folder)?;
    let Some(mut parts) = Parts::named(folder)? else {
        return Err(DataError::Empty { path: folder.join("train") });
    };
    // The released test part has no labels.
    if !parts.test.as_ref().is_some_and(|test| tiny::is_rearranged(test, &ids)) {
        parts.without_test();
    }
    notes.warnings.extend(parts.warnings());
    let train = tiny::train(folder, &ids, notes)?;
    let (classes, folders) = (tiny::names(folder, &ids)?, tiny::folder_names(&ids));
    let mut held_out = |path: &PathBuf, part| match part == Part::Validation && tiny::is_released(path) {
        true => tiny::validation(folder, &ids, notes),
        false => tree::held_out(path, part, &folders, notes),
    };
    listed("tiny-imagenet", parts, classes, train, &mut held_out)
}

/// Lists all parts. Without a test part, the validation part is used as test part.
fn listed(
    layout: &'static str,
    parts: Parts,
    classes: Vec<String>,
    train: Listing,
    held_out: &mut dyn FnMut(&PathBuf, Part) -> Result<Listing, DataError>,
) -> Result<Listed, DataError> {
    let (validation, test) = match (&parts.validation, &parts.test) {
        (Some(validation), Some(test)) => {
            (Some(held_out(validation, Part::Validation)?), Some(held_out(test, Part::Test)?))
        }
        (None, Some(test)) => (None, Some(held_out(test, Part::Test)?)),
        (Some(validation), None) => (None, Some(held_out(validation, Part::Validation)?)),
        (None, None) => (None, None),
    };
    Ok(Listed { layout, classes, train, validation, test })
}
