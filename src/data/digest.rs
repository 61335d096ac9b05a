//! Digests of image files.

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// If the image files of a part have at most this many bytes in total, their digests include the content; above it,
/// only names and lengths.
const MAX_CONTENT_BYTES: u64 = 256 << 20;

/// Digest of an image file, independent of its folder: name, length and, if the data set is not too large, content.
pub(super) type FileDigest = [u8; 16];

/// Computes the digests of image files. A file that cannot be read causes an error only when it is decoded.
pub(super) fn file_digests(paths: &[PathBuf]) -> Arc<[FileDigest]> {
    let lengths: Vec<u64> =
        paths.par_iter().map(|path| std::fs::metadata(path).map_or(0, |found| found.len())).collect();
    let with_content = lengths.iter().fold(0u64, |sum, length| sum.saturating_add(*length)) <= MAX_CONTENT_BYTES;
    let digests = paths.par_iter().zip(&lengths).map(|(path, length)| {
        let content = if with_content { checksum(path).unwrap_or(0) } else { 0 };
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let hash = Sha256::new().chain_update(length.to_le_bytes()).chain_update(content.to_le_bytes());
        let mut digest = FileDigest::default();
        digest.iter_mut().zip(hash.chain_update(name).finalize()).for_each(|(byte, hashed)| *byte = hashed);
        digest
    });
    digests.collect::<Vec<_>>().into()
}

/// CRC-32C of a file.
fn checksum(path: &Path) -> std::io::Result<u32> {
    let (mut file, mut buffer, mut sum) = (File::open(path)?, vec![0; 1 << 16], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum),
            count => sum = crc32c::crc32c_append(sum, buffer.get(..count).unwrap_or_default()),
        }
    }
}
