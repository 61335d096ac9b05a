//! Archives of data sets, valid and invalid, and their releases.

use flate2::Compression;
use flate2::write::GzEncoder;
use graphpnas::data::fetch::{Archive, Release};
use sha2::{Digest, Sha256};
use std::io::{Cursor, Write};
use tar::{Builder, EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub const FOLDER: &str = "cifar-10-batches-bin";
/// Bytes that the test releases may unpack to.
pub const MAX_UNPACKED: u64 = 100_000;

/// The release of an archive.
pub fn release(archive: &[u8], kind: Archive) -> Release {
    let sha256: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    Release {
        name: "small",
        title: "a small data set",
        url: "http://127.0.0.1/small.archive",
        bytes: archive.len() as u64,
        sha256: sha256.leak(),
        archive: kind,
        folder: FOLDER,
        most_unpacked: MAX_UNPACKED,
    }
}

/// A valid CIFAR-10 archive with two images in each file.
pub fn good() -> Vec<u8> {
    let names = [1, 2, 3, 4, 5].map(|part| format!("data_batch_{part}.bin"));
    let names = names.into_iter().chain(["test_batch.bin".to_owned()]);
    let files: Vec<_> = names.map(|name| (format!("{FOLDER}/{name}"), EntryType::Regular, vec![3; 2 * 3073])).collect();
    tar_gz(&files)
}

/// A compressed tar file; names are written unchanged.
pub fn tar_gz(entries: &[(String, EntryType, Vec<u8>)]) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, bytes) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..4].copy_from_slice(b"/etc");
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A zip file; a name that ends in `@` is a link.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        match name.strip_suffix('@') {
            Some(name) => writer.add_symlink(name, "/etc", options).unwrap(),
            None => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}
