//! What a folder holds that is no data set's, told by the files in it.

use super::{Kind, of_file};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Entries that are looked at.
const ENTRIES: usize = 2000;

/// Folders below the first.
const DEEP: usize = 3;

/// The first file in a folder, or in one below it, that is recognised as another program's; files that belong to data sets in
/// other forms come before others.
#[must_use]
pub fn of_folder(folder: &Path) -> Option<(PathBuf, Kind)> {
    let files = files(folder);
    let named = |file: &&PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        ["dataset_info.json", "dataset_dict.json", "dataset_infos.json"].contains(&&*name)
    };
    let mut told: Vec<(PathBuf, Kind)> =
        files.iter().filter_map(|file| Some((file.clone(), of_file(file)?))).take(ENTRIES / 10).collect();
    if let Some(file) = files.iter().find(named) {
        return Some((file.clone(), Kind::HuggingFace));
    }
    // Pictures say least: they lie beside everything.
    told.sort_by_key(|(_, kind)| *kind == Kind::Picture);
    told.into_iter().next()
}

/// Files in the order of folders from above, hidden ones left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), ENTRIES);
    let mut folders = VecDeque::from([(folder.to_owned(), 0)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.flatten().take(left).map(|entry| entry.path()).collect();
        left -= paths.len();
        paths.retain(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
        paths.sort();
        for path in paths {
            match path.is_dir() {
                true if depth < DEEP => folders.push_back((path, depth + 1)),
                true => {}
                false => found.push(path),
            }
        }
    }
    found
}
