//! The layout of TinyImageNet-200: images one folder deeper, labels of the validation part in a text file.

use super::error::DataError;
use super::tree::{Listing, Skipped, images};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The folder's classes as WordNet ids, in the order of `wnids.txt`, which gives the labels.
pub(super) fn ids(folder: &Path) -> Result<Vec<String>, DataError> {
    let path = folder.join("wnids.txt");
    let text = text(&path)?;
    let ids: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect();
    if ids.is_empty() {
        return Err(DataError::Empty { path });
    }
    if ids.len() > 1 << 16 {
        return Err(DataError::TooManyClasses { path, found: ids.len() });
    }
    Ok(ids)
}

fn text(path: &Path) -> Result<String, DataError> {
    std::fs::read_to_string(path).map_err(|source| DataError::Read { path: path.into(), source })
}

/// Readable names of the classes from `words.txt`: the first word for each id, or the id where it has none.
pub(super) fn names(folder: &Path, ids: &[String]) -> Result<Vec<String>, DataError> {
    let path = folder.join("words.txt");
    let words = if path.is_file() { text(&path)? } else { String::new() };
    let words: HashMap<&str, &str> = words.lines().filter_map(|line| line.split_once('\t')).collect();
    let first = |text: &&str| text.split(',').next().unwrap_or_default().trim().to_owned();
    Ok(ids.iter().map(|id| words.get(id.as_str()).map_or_else(|| id.clone(), first)).collect())
}

/// The training files: `train/ID/images/*`.
pub(super) fn train(folder: &Path, ids: &[String], skipped: &mut Skipped) -> Result<Listing, DataError> {
    let mut listing = Listing::default();
    for (label, id) in ids.iter().enumerate() {
        let files = images(&folder.join("train").join(id).join("images"), skipped)?;
        listing.labels.resize(listing.labels.len() + files.len(), u16::try_from(label).unwrap_or(u16::MAX));
        listing.paths.extend(files);
    }
    Ok(listing)
}

/// The validation files: `val/images/*` with the labels of `val/val_annotations.txt` (file, id, box; tabs between).
pub(super) fn validation(folder: &Path, ids: &[String]) -> Result<Listing, DataError> {
    let path = folder.join("val/val_annotations.txt");
    let labels: HashMap<&str, usize> = ids.iter().enumerate().map(|(label, id)| (id.as_str(), label)).collect();
    let mut listing = Listing::default();
    for (place, line) in text(&path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (file, label) = annotation(folder, line, &labels).map_err(|what| DataError::Line {
            path: path.clone(),
            line: place + 1,
            what,
        })?;
        listing.paths.push(file);
        listing.labels.push(label);
    }
    match listing.paths.is_empty() {
        true => Err(DataError::Empty { path }),
        false => Ok(listing),
    }
}

fn annotation(folder: &Path, line: &str, labels: &HashMap<&str, usize>) -> Result<(PathBuf, u16), String> {
    let mut fields = line.split('\t').map(str::trim);
    let (Some(file), Some(id)) = (fields.next(), fields.next()) else {
        return Err("expected a file and a class with a tab between; fetch the data set again".into());
    };
    let label = labels.get(id).ok_or_else(|| format!("class {id} is not in wnids.txt; fetch the data set again"))?;
    // A name with a folder in it could point anywhere on the machine.
    if Path::new(file).components().count() != 1 || file == ".." {
        return Err(format!("`{file}` is not the name of a file in val/images; fetch the data set again"));
    }
    let path = folder.join("val/images").join(file);
    match path.is_file() {
        true => Ok((path, u16::try_from(*label).unwrap_or(u16::MAX))),
        false => Err(format!("val/images/{file} does not exist; fetch the data set again or remove the line")),
    }
}
