//! Detects unsupported file formats by their content, so that errors can name the format and the remedy.

mod archive;
mod folder;
mod kind;

pub use folder::detect_in_folder;
pub use kind::{FileFormat, Purpose};

use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a file to examine.
const HEAD: u64 = 4096;

/// Minimum number of columns of a text file to be detected as pixels; common small images have 64 pixels or more.
const PIXEL_COLUMNS: usize = 48;

/// Detects the format of a file; `None` for other formats, for folders and for files that cannot be read. Pipes,
/// devices and sockets are detected without opening them.
#[must_use]
pub fn detect(path: &Path) -> Option<FileFormat> {
    let found = std::fs::metadata(path).ok()?;
    if found.is_dir() {
        return None;
    }
    if !found.is_file() {
        return Some(FileFormat::NotRegular);
    }
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    of_bytes(&head).or_else(|| archive::of_tar(path, &head)).map(|kind| kind.named(path))
}

/// Detects the format from the first bytes, except for tar archives, which need the complete file.
fn of_bytes(head: &[u8]) -> Option<FileFormat> {
    const BEGINNINGS: &[(&[u8], FileFormat)] = &[
        (b"PAR1", FileFormat::Parquet),
        (b"ARROW1", FileFormat::Arrow),
        (b"\x93NUMPY", FileFormat::Npy),
        (b"\x89HDF\r\n\x1a\n", FileFormat::Hdf5),
        (b"MATLAB 5.0", FileFormat::Matlab),
        (b"BZh", FileFormat::Compressed),
        (b"\xfd7zXZ\0", FileFormat::Compressed),
        (b"\x28\xb5\x2f\xfd", FileFormat::Compressed),
        (b"7z\xbc\xaf\x27\x1c", FileFormat::Archive),
        (b"Rar!\x1a\x07", FileFormat::Archive),
        (b"SQLite format 3\0", FileFormat::Sqlite),
        (b"version https://git-lfs.github.com/spec/", FileFormat::LfsPointer),
        // The pickled magic number of torch.save before version 1.6.
        (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", FileFormat::Torch),
        (b"\xff\xd8\xff", FileFormat::Image),
        (b"\x89PNG\r\n\x1a\n", FileFormat::Image),
        (b"GIF87a", FileFormat::Image),
        (b"GIF89a", FileFormat::Image),
        (b"II*\0", FileFormat::Image),
        (b"MM\0*", FileFormat::Image),
        (b"%PDF-", FileFormat::Document),
    ];
    if let Some((_, kind)) = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        return Some(*kind);
    }
    match head {
        [b'P', b'K', 3, 4, ..] => Some(archive::of_zip(head)),
        [0x1f, 0x8b, ..] => Some(of_gzip(head)),
        // IDX files of bytes with one to four axes, the first of them below 2^24.
        [0, 0, 8, 1..=4, 0, ..] => Some(FileFormat::Idx),
        [0x80, 2..=5, ..] => Some(of_pickle(head)),
        [b'B', b'M', ..] if head.get(6..10) == Some(&[0; 4]) => Some(FileFormat::Image),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(FileFormat::Image),
        _ if is_safetensors(head) => Some(FileFormat::Safetensors),
        _ => of_text(head),
    }
}

fn of_gzip(head: &[u8]) -> FileFormat {
    let mut inner = Vec::new();
    // The input is cut off, so decompression fails at the end; the data before it are valid.
    let _ = GzDecoder::new(head).take(HEAD).read_to_end(&mut inner);
    match of_bytes(&inner) {
        Some(FileFormat::Idx) => FileFormat::IdxGzip,
        _ if archive::is_tar(&inner) => FileFormat::Archive,
        _ => FileFormat::Compressed,
    }
}

fn of_pickle(head: &[u8]) -> FileFormat {
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    if has(b"batch_label") || has(b"fine_labels") || has(b"coarse_label") || has(b"num_cases_per_batch") {
        return FileFormat::CifarPickle;
    }
    if has(b"torch") { FileFormat::Torch } else { FileFormat::Pickle }
}

/// Whether `head` starts with the length of a JSON header and the header's first characters.
fn is_safetensors(head: &[u8]) -> bool {
    let length = head.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    (2..1 << 40).contains(&length) && head.get(8..10) == Some(b"{\"")
}

fn of_text(head: &[u8]) -> Option<FileFormat> {
    // The last character may be cut off.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    let start = text.trim_start_matches('\u{feff}').trim_start().get(..15).unwrap_or_default().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Some(FileFormat::Html);
    }
    let line = text.lines().next()?;
    let fields: Vec<&str> = line.split([',', ';', '\t']).map(str::trim).collect();
    let pixel = |field: &&str| field.trim_matches('"').to_ascii_lowercase().starts_with("pixel");
    let number = |field: &&str| field.parse::<f64>().is_ok();
    let named =
        fields.iter().filter(|field| pixel(field)).count() >= 2 || line.eq_ignore_ascii_case("emotion,pixels,usage");
    let counted = fields.len() >= PIXEL_COLUMNS
        && fields.iter().skip(1).filter(|field| number(field)).count() + 2 >= fields.len();
    (named || counted).then_some(FileFormat::PixelTable)
}
