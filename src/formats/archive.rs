//! Detects the kind of zip and tar files.

use super::FileFormat;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a block in a tar file.
const BLOCK: usize = 512;

/// Entries of a tar file to examine.
const ENTRIES: usize = 64;

/// Detects the kind of a zip file from the names in its first bytes.
pub(super) fn of_zip(head: &[u8]) -> FileFormat {
    let length = head.get(26..28).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes));
    let name = head.get(30..30 + usize::from(length)).unwrap_or_default();
    if name.ends_with(b".npy") {
        return FileFormat::Npz;
    }
    let is_torch = [&b"/data.pkl"[..], b"constants.pkl", b"/.format_version"];
    let torch = is_torch.iter().any(|part| head.windows(part.len()).any(|window| window == *part));
    if torch { FileFormat::Torch } else { FileFormat::Archive }
}

/// Whether `head` is the start of a tar file.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// Detects the kind of a tar file: a WebDataset has files with a common stem, such as `0001.jpg` and `0001.cls`.
pub(super) fn of_tar(path: &Path, head: &[u8]) -> Option<FileFormat> {
    if !is_tar(head) {
        return None;
    }
    let names = names(path).unwrap_or_default();
    let mut extensions: HashMap<&str, Vec<&str>> = HashMap::new();
    for (stem, extension) in names.iter().filter_map(|name| name.rsplit('/').next()?.split_once('.')) {
        extensions.entry(stem).or_default().push(extension);
    }
    let is_image =
        |extension: &&str| ["jpg", "jpeg", "png", "webp", "ppm"].contains(&extension.to_ascii_lowercase().as_str());
    let is_sample = |extensions: &Vec<&str>| extensions.len() > 1 && extensions.iter().any(is_image);
    Some(if extensions.values().any(is_sample) { FileFormat::WebDataset } else { FileFormat::Archive })
}

/// Returns the names of the first entries.
fn names(path: &Path) -> std::io::Result<Vec<String>> {
    let (mut file, mut names) = (File::open(path)?, Vec::new());
    for _ in 0..ENTRIES {
        let mut header = [0; BLOCK];
        if file.read_exact(&mut header).is_err() || !is_tar(&header) {
            break;
        }
        let text = |field: &[u8]| String::from_utf8_lossy(field).trim_matches(['\0', ' ']).to_owned();
        let length = u64::from_str_radix(&text(header.get(124..136).unwrap_or_default()), 8).unwrap_or(0);
        names.push(text(header.get(..100).unwrap_or_default()));
        let blocks = length.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64);
        file.seek(SeekFrom::Current(i64::try_from(blocks).unwrap_or(i64::MAX)))?;
    }
    Ok(names)
}
