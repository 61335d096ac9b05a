//! The layout of TinyImageNet-200: images one folder deeper, labels of the validation part in a text file.

use super::error::DataError;
use super::notes::Notes;
use super::picture::text;
use super::tree::{Listing, folders, has_images, images, name};
use crate::shown::Show;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

const IDS: &str = "wnids.txt";
const ANNOTATIONS: &str = "val_annotations.txt";

/// True of a folder with the list of classes, or with the annotations that no other data set has.
pub(super) fn is_layout(folder: &Path) -> bool {
    folder.join(IDS).exists() || (folder.join("train").is_dir() && folder.join("val").join(ANNOTATIONS).exists())
}

/// The folder's classes as WordNet ids, in the order of `wnids.txt`, which gives the labels; without that file, in the
/// order of the names of the training folders.
pub(super) fn ids(folder: &Path) -> Result<Vec<String>, DataError> {
    let path = folder.join(IDS);
    let ids: Vec<String> = if path.exists() {
        text(&path)?.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect()
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
    if let Some(place) = ids.iter().position(|id| !seen.insert(id) || !is_name(id)) {
        let what = format!("`{}` is no class or is there twice; fetch the data set again", ids[place].shown());
        return Err(DataError::Line { path, line: place + 1, what });
    }
    Ok(ids)
}

/// Readable names of the classes from `words.txt`: the first word for each id, or the id where it has none. Two classes
/// with one name are told apart by their ids.
pub(super) fn names(folder: &Path, ids: &[String]) -> Result<Vec<String>, DataError> {
    let path = folder.join("words.txt");
    let words = if path.is_file() { text(&path)? } else { String::new() };
    let words: HashMap<&str, &str> = words.lines().filter_map(|line| line.split_once('\t')).collect();
    let first = |text: &&str| text.split(',').next().unwrap_or_default().trim().shown().to_string();
    let name = |id: &String| words.get(id.as_str()).map_or_else(|| id.shown().to_string(), first);
    let names: Vec<_> = ids.iter().map(name).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    let only = |name: &String| counts.get(name.as_str()).is_none_or(|count| *count == 1);
    let apart = |(name, id): (&String, &String)| if only(name) { name.clone() } else { format!("{name} ({id})") };
    Ok(names.iter().zip(ids).map(apart).collect())
}

/// The training files: `train/ID/images/*` or `train/ID/*`.
pub(super) fn train(folder: &Path, ids: &[String], notes: &mut Notes) -> Result<Listing, DataError> {
    let mut listing = Listing::default();
    for (label, id) in (0..=u16::MAX).zip(ids) {
        match images(&folder.join("train").join(id), notes) {
            Ok(files) => listing.add(files, label),
            Err(error) => notes.fault(error)?,
        }
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path: folder.join("train") }),
        false => Ok(listing),
    }
}

/// True where a folder's files are in one folder of that part, as released, and not in folders of their classes.
pub(super) fn is_released(part: &Path) -> bool {
    part.join(ANNOTATIONS).exists() && has_images(&part.join("images"))
}

/// True where a folder has at least one folder of a class.
pub(super) fn is_rearranged(part: &Path, ids: &[String]) -> bool {
    folders(part).is_ok_and(|classes| classes.iter().any(|class| ids.iter().any(|id| name(class) == id.as_str())))
}

/// The classes as names of folders.
pub(super) fn folder_names(ids: &[String]) -> Vec<OsString> {
    ids.iter().map(OsString::from).collect()
}

/// The validation files as released: `val/images/*` with the labels of `val/val_annotations.txt` (file, id, box; tabs
/// between).
pub(super) fn validation(folder: &Path, ids: &[String], notes: &mut Notes) -> Result<Listing, DataError> {
    let path = folder.join("val").join(ANNOTATIONS);
    let labels: HashMap<&str, u16> = ids.iter().map(String::as_str).zip(0..=u16::MAX).collect();
    let mut listing = Listing::default();
    for (place, line) in text(&path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match annotation(folder, line, &labels) {
            Ok((file, label)) => listing.add(vec![file], label),
            Err(what) => notes.fault(DataError::Line { path: path.clone(), line: place + 1, what })?,
        }
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path }),
        false => Ok(listing),
    }
}

/// True of the name of a file or folder. A name with a folder in it could point anywhere on the machine.
fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

fn annotation(folder: &Path, line: &str, labels: &HashMap<&str, u16>) -> Result<(PathBuf, u16), String> {
    let mut fields = line.split('\t').map(str::trim);
    let (Some(file), Some(id)) = (fields.next(), fields.next()) else {
        return Err("expected a file and a class with a tab between; fetch the data set again".into());
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
