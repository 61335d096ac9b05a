//! Searches a folder for files of unsupported formats.

use super::{FileFormat, detect};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Limit on the entries to examine.
const ENTRIES: usize = 2000;

/// Limit on the depth of subfolders.
const MAX_DEPTH: usize = 3;

/// Finds a file of a known but unsupported format in a folder and its subfolders. Hugging Face metadata files come
/// first, images last.
#[must_use]
pub fn detect_in_folder(folder: &Path) -> Option<(PathBuf, FileFormat)> {
    let files = files(folder);
    let named = |file: &&PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        ["dataset_info.json", "dataset_dict.json", "dataset_infos.json"].contains(&&*name)
    };
    let mut detected: Vec<(PathBuf, FileFormat)> =
        files.iter().filter_map(|file| Some((file.clone(), detect(file)?))).take(ENTRIES / 10).collect();
    if let Some(file) = files.iter().find(named) {
        return Some((file.clone(), FileFormat::HuggingFace));
    }
    // Images are the least specific, because they occur next to all other formats.
    detected.sort_by_key(|(_, kind)| *kind == FileFormat::Image);
    detected.into_iter().next()
}

/// Returns the files of a folder and its subfolders, breadth first, without hidden ones.
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
                true if depth < MAX_DEPTH => folders.push_back((path, depth + 1)),
                true => {}
                false => found.push(path),
            }
        }
    }
    found
}
