//! The layout of TinyImageNet-200: images in a subfolder of each class, validation labels in a text file.

use super::entry::name;
use super::error::DataError;
use super::image_file::read_text;
use super::notes::Notes;
use super::tree::{Listing, folders, has_images, images};
use crate::shown::Show;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

const IDS: &str = "wnids.txt";
const ANNOTATIONS: &str = "val_annotations.txt";

/// Whether the folder has the list of classes or the annotations, which are specific to TinyImageNet.
pub(super) fn is_layout(folder: &Path) -> bool {
    folder.join(IDS).exists() || (folder.join("train").is_dir() && folder.join("val").join(ANNOTATIONS).exists())
}

/// Returns the WordNet ids of the classes in label order: that of `wnids.txt` or, without that file, the alphabetical
/// order of the training folders.
pub(super) fn ids(folder: &Path) -> Result<Vec<String>, DataError> {
    let path = folder.join(IDS);
    let ids: Vec<String> = if path.exists() {
        read_text(&path)?.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect()
    } else {
        folders(&folder.join("train"))?.iter().map(|class| name(class).shown().to_string()).collect()
    };
    if ids.is_empty() {
        return Err(DataError::Empty { path });
    }
    if ids.len() > 1 << 16 {
        return Err(DataError::TooManyClasses { path, found: ids.len() });
    }
    let mut seen = HashSet::new();
    if let Some(index) = ids.iter().position(|id| !seen.insert(id) || !is_name(id)) {
        let what = format!("`{}` is not a class id or is listed twice; fetch the data set again", ids[index].shown());
        return Err(DataError::Line { path, line: index + 1, what });
    }
    Ok(ids)
}

/// Returns the class names from `words.txt`: the first name of each id, or the id itself if there is none. Classes with
/// the same name get their id appended.
pub(super) fn names(folder: &Path, ids: &[String]) -> Result<Vec<String>, DataError> {
    let path = folder.join("words.txt");
    let words = if path.is_file() { read_text(&path)? } else { String::new() };
    let words: HashMap<&str, &str> = words.lines().filter_map(|line| line.split_once('\t')).collect();
    let first = |words: &&str| words.split(',').next().unwrap_or_default().trim().shown().to_string();
    let name = |id: &String| words.get(id.as_str()).map_or_else(|| id.shown().to_string(), first);
    let names: Vec<_> = ids.iter().map(name).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    let is_unique = |name: &String| counts.get(name.as_str()).is_none_or(|count| *count == 1);
    let unique = |(name, id): (&String, &String)| if is_unique(name) { name.clone() } else { format!("{name} ({id})") };
    Ok(names.iter().zip(ids).map(unique).collect())
}

/// Lists the training files: `train/ID/images/*` or `train/ID/*`.
pub(super) fn train(folder: &Path, ids: &[String], notes: &mut Notes) -> Result<Listing, DataError> {
    let mut listing = Listing::default();
    for (label, id) in (0..=u16::MAX).zip(ids) {
        match images(&folder.join("train").join(id), notes) {
            Ok(files) => listing.add(files, label),
            Err(error) => notes.error(error)?,
        }
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path: folder.join("train") }),
        false => Ok(listing),
    }
}

/// Whether the part has the released form: all files in `images`, not in class folders.
pub(super) fn is_released(part: &Path) -> bool {
    part.join(ANNOTATIONS).exists() && has_images(&part.join("images"))
}

/// Whether the part has at least one class folder.
pub(super) fn is_rearranged(part: &Path, ids: &[String]) -> bool {
    folders(part).is_ok_and(|classes| classes.iter().any(|class| ids.iter().any(|id| name(class) == id.as_str())))
}

/// The ids as folder names.
pub(super) fn folder_names(ids: &[String]) -> Vec<OsString> {
    ids.iter().map(OsString::from).collect()
}

/// Lists the validation files in the released form: `val/images/*` with the labels of `val/val_annotations.txt` (file,
/// id, box; separated by tabs).
pub(super) fn validation(folder: &Path, ids: &[String], notes: &mut Notes) -> Result<Listing, DataError> {
    let path = folder.join("val").join(ANNOTATIONS);
    let labels: HashMap<&str, u16> = ids.iter().map(String::as_str).zip(0..=u16::MAX).collect();
    let mut listing = Listing::default();
    for (index, line) in read_text(&path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match annotation(folder, line, &labels) {
            Ok((file, label)) => listing.add(vec![file], label),
            Err(what) => notes.error(DataError::Line { path: path.clone(), line: index + 1, what })?,
        }
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path }),
        false => Ok(listing),
    }
}

/// Whether the text is a plain file or folder name. A path could lead anywhere in the file system.
fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

fn annotation(folder: &Path, line: &str, labels: &HashMap<&str, u16>) -> Result<(PathBuf, u16), String> {
    let mut fields = line.split('\t').map(str::trim);
    let (Some(file), Some(id)) = (fields.next(), fields.next()) else {
        return Err("expected a file and a class separated by a tab; fetch the data set again".into());
    };
    let label =
        labels.get(id).ok_or_else(|| format!("class {} is not in wnids.txt; fetch the data set again", id.shown()))?;
    if !is_name(file) {
        return Err(format!("`{}` is not the name of a file in val/images; fetch the data set again", file.shown()));
    }
    let path = folder.join("val/images").join(file);
    match path.is_file() {
        true => Ok((path, *label)),
        false => {
            Err(format!("val/images/{} does not exist; fetch the data set again or remove the line", file.shown()))
        }
    }
}
