//! The compact table format: fixed-width columns that open in milliseconds.
//!
//! All integers are little-endian. The header: the eight bytes `GPNTABLE`; version (4 bytes); length of the header (4);
//! CRC-32C of the header without these four bytes (4); rows (8); key storage (1); CRC-32C of the keys (4); number of
//! columns (4); name of the space; in version 3 the digest of its definition, as a name; and for each column its name,
//! encoding (2) and CRC-32C (4). A name is its length (1) and its bytes in UTF-8. The keys and the columns follow.
//!
//! Version 3 is written for tables of other spaces, version 2 for those of the benchmarks. Version 1 has no fields for key
//! storage and encoding: it always has keys of 16 bytes and columns of `f64`. It can still be read.
//!
//! A key is the hash of the cell (NAS-Bench-101), the index of the architecture (NAS-Bench-201) or, in version 3, the MD5
//! sum of the architecture's canonical key. Keys are stored as 16 bytes each in strictly ascending order, or not stored if
//! they are 0, 1, 2, ..., as in a complete table of NAS-Bench-201. The encodings of the columns are in `numbers.rs`; they
//! are lossless.
//!
//! A reader reads only the selected columns and the keys, and verifies their checksums.

use super::error::{Position, TableError};
use super::numbers::Encoding;
use super::sheet::{Column, Sheet, TableSpace};
use crate::disk;
use crate::space::{nasbench101, nasbench201};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The first bytes of every compact table.
pub(super) const MAGIC: &[u8; 8] = b"GPNTABLE";
/// The newest version; all versions from 1 on can be read.
const VERSION: u32 = 3;
/// The version of tables of benchmarks, which have no digest of a space.
const BENCHMARK_VERSION: u32 = 2;
/// Offset of the header's checksum, and of the first byte after it.
const FIXED: (usize, usize) = (16, 20);
/// Limit on the length of the header.
const MAX_HEADER: usize = 1 << 16;
const KEY: usize = 16;

/// Key storage, with its code in the header.
#[derive(Clone, Copy, PartialEq)]
enum Keys {
    /// Not stored: the keys are 0, 1, 2, ...
    Counted = 0,
    /// 16 bytes each.
    Stored = 1,
}

impl Keys {
    fn width(self) -> usize {
        if self == Self::Stored { KEY } else { 0 }
    }
}

struct Header {
    space: TableSpace,
    rows: usize,
    keys: Keys,
    keys_checksum: u32,
    columns: Vec<Stored>,
    /// Length of the header in bytes.
    length: usize,
}

/// The header entry of a column.
struct Stored {
    name: String,
    encoding: Encoding,
    checksum: u32,
}

/// Reads the keys and the columns that `wanted` selects, and verifies their checksums.
pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Sheet, TableError> {
    let file = File::open(path).map_err(TableError::read(path))?;
    let size = file.metadata().map_err(TableError::read(path))?.len();
    read_from(path, file, size, wanted)
}

/// As [`read`], from `source` of `size` bytes; `path` names it in errors.
pub(super) fn read_from(
    path: &Path,
    mut source: impl Read + Seek,
    size: u64,
    wanted: impl Fn(&str) -> bool,
) -> Result<Sheet, TableError> {
    let header = read_header(path, &mut source, size)?;
    let mut part = |offset: usize, width: usize, checksum: u32, name: &str| {
        let mut bytes = vec![0; header.rows * width];
        let start = SeekFrom::Start(offset as u64);
        source.seek(start).and_then(|_| source.read_exact(&mut bytes)).map_err(TableError::read(path))?;
        if crc32c::crc32c(&bytes) == checksum {
            return Ok(bytes);
        }
        Err(TableError::content(path, Position::Byte(offset as u64), format!("the checksum of {name} is wrong"), AGAIN))
    };
    let mut offset = header.length;
    let keys = part(offset, header.keys.width(), header.keys_checksum, "the keys")?;
    let keys: Vec<u128> = match header.keys {
        Keys::Counted => (0..header.rows as u128).collect(),
        Keys::Stored => keys.as_chunks::<KEY>().0.iter().map(|key| u128::from_le_bytes(*key)).collect(),
    };
    if !keys.is_sorted_by(|one, next| one < next) {
        return Err(TableError::content(path, Position::Byte(offset as u64), "the keys are out of order", AGAIN));
    }
    offset += header.rows * header.keys.width();
    let mut columns = Vec::new();
    for Stored { name, encoding, checksum } in header.columns {
        if wanted(&name) {
            let bytes = part(offset, encoding.width(), checksum, &format!("the column {name}"))?;
            columns.push(Column { name, values: encoding.decode(&bytes) });
        }
        offset += header.rows * encoding.width();
    }
    Ok(Sheet { space: header.space, keys, columns })
}

const CONVERT: &str = "make one with `graphpnas data convert`";
const AGAIN: &str = "the file seems damaged, convert or fetch it again";

fn read_header(path: &Path, source: &mut impl Read, size: u64) -> Result<Header, TableError> {
    let wrong = |what: &str| TableError::content(path, Position::File, what, AGAIN);
    let mut head = Vec::new();
    source.take(MAX_HEADER as u64).read_to_end(&mut head).map_err(TableError::read(path))?;
    let fixed = head.first_chunk::<{ FIXED.1 }>().ok_or_else(|| wrong("the file ends within its header"))?;
    let word =
        |offset: usize| fixed.iter().skip(offset).take(4).rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    if !fixed.starts_with(MAGIC) {
        return Err(TableError::content(path, Position::File, "this is not a compact table", CONVERT));
    }
    let version = word(8);
    if !(1..=VERSION).contains(&version) {
        let what = format!("the table has version {version}, but only versions 1 to {VERSION} are supported");
        return Err(TableError::content(path, Position::File, what, "convert the benchmark's file again"));
    }
    let length = word(12) as usize;
    let rest = head.get(FIXED.1..length).ok_or_else(|| wrong("the file ends within its header"))?;
    if crc32c::crc32c_append(crc32c::crc32c(&fixed[..FIXED.0]), rest) != word(FIXED.0) {
        return Err(wrong("the checksum of the header is wrong"));
    }
    let header = parse_header(rest, length, version).ok_or_else(|| wrong("the header cannot be read"))?;
    match expected_size(&header) {
        Some(expected) if expected == size => Ok(header),
        _ => Err(wrong("the length of the file differs from that in its header")),
    }
}

fn expected_size(header: &Header) -> Option<u64> {
    let row = header.keys.width() + header.columns.iter().map(|column| column.encoding.width()).sum::<usize>();
    // Rows without stored bytes would still need memory, so their number would not be limited by the file size.
    let rows = if row == 0 { 0 } else { header.rows };
    let bytes = rows.checked_mul(row)?.checked_add(header.length)?;
    isize::try_from(bytes).ok()?;
    (rows == header.rows).then_some(())?;
    u64::try_from(bytes).ok()
}

/// Parses the header after its checksum; `None` if it is invalid.
fn parse_header(mut rest: &[u8], length: usize, version: u32) -> Option<Header> {
    let rows = usize::try_from(u64::from_le_bytes(take(&mut rest)?)).ok()?;
    let keys = match version {
        1 => Keys::Stored,
        _ => match take(&mut rest)? {
            [0] => Keys::Counted,
            [1] => Keys::Stored,
            _ => return None,
        },
    };
    let keys_checksum = u32::from_le_bytes(take(&mut rest)?);
    let count = u32::from_le_bytes(take(&mut rest)?);
    let name = take_name(&mut rest)?;
    let digest = if version > BENCHMARK_VERSION { Some(take_name(&mut rest)?) } else { None };
    if digest.is_none() && ![nasbench101::NAME, nasbench201::NAME].contains(&name.as_str()) {
        return None;
    }
    let space = TableSpace { name, digest };
    let mut columns = Vec::new();
    for _ in 0..count {
        let name = take_name(&mut rest)?;
        let encoding = if version == 1 { Encoding::Float } else { Encoding::of_bytes(take(&mut rest)?)? };
        columns.push(Stored { name, encoding, checksum: u32::from_le_bytes(take(&mut rest)?) });
    }
    rest.is_empty().then_some(Header { space, rows, keys, keys_checksum, columns, length })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (chunk, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*chunk)
}

fn take_name(rest: &mut &[u8]) -> Option<String> {
    let [length] = take::<1>(rest)?;
    let (name, after) = rest.split_at_checked(usize::from(length))?;
    *rest = after;
    String::from_utf8(name.to_vec()).ok()
}

/// Writes a table atomically; returns the number of bytes written.
///
/// # Errors
/// The file cannot be written; no partial file is left.
pub fn write(path: &Path, sheet: &Sheet) -> Result<u64, TableError> {
    let failed = |source| TableError::Write { path: path.into(), source };
    if path.file_name().is_none() {
        return Err(failed(std::io::Error::other("the path has no file name")));
    }
    disk::replace_with(path, |file| write_to(file, sheet)).map_err(failed)
}

/// An encoded column.
struct Encoded<'a> {
    name: &'a str,
    encoding: Encoding,
    bytes: Vec<u8>,
}

fn write_to(file: &mut File, sheet: &Sheet) -> std::io::Result<u64> {
    let counted = !sheet.columns.is_empty() && sheet.keys.iter().copied().eq(0..sheet.rows() as u128);
    let (kind, keys) = match counted {
        true => (Keys::Counted, Vec::new()),
        false => (Keys::Stored, sheet.keys.iter().flat_map(|key| key.to_le_bytes()).collect()),
    };
    let encoded = sheet.columns.iter().map(|column| (column.name.as_str(), Encoding::encode(&column.values)));
    let columns: Vec<Encoded<'_>> =
        encoded.map(|(name, (encoding, bytes))| Encoded { name, encoding, bytes }).collect();
    let header = encode_header(sheet, (kind, &keys), &columns)?;
    let parts = [&header, &keys].into_iter().chain(columns.iter().map(|column| &column.bytes));
    let mut total = 0;
    for bytes in parts {
        file.write_all(bytes)?;
        total += bytes.len() as u64;
    }
    Ok(total)
}

fn encode_header(sheet: &Sheet, (kind, keys): (Keys, &[u8]), columns: &[Encoded<'_>]) -> std::io::Result<Vec<u8>> {
    let too_long = |_| std::io::Error::other("the table has too many or too long columns");
    let mut rest = Vec::new();
    rest.extend((sheet.rows() as u64).to_le_bytes());
    rest.push(kind as u8);
    rest.extend(crc32c::crc32c(keys).to_le_bytes());
    rest.extend(u32::try_from(columns.len()).map_err(too_long)?.to_le_bytes());
    let name = |rest: &mut Vec<u8>, name: &str| -> std::io::Result<()> {
        rest.push(u8::try_from(name.len()).map_err(too_long)?);
        rest.extend(name.as_bytes());
        Ok(())
    };
    name(&mut rest, &sheet.space.name)?;
    sheet.space.digest.as_ref().map_or(Ok(()), |digest| name(&mut rest, digest))?;
    for column in columns {
        name(&mut rest, column.name)?;
        rest.extend(column.encoding.bytes());
        rest.extend(crc32c::crc32c(&column.bytes).to_le_bytes());
    }
    let mut header = MAGIC.to_vec();
    let version = if sheet.space.digest.is_some() { VERSION } else { BENCHMARK_VERSION };
    header.extend(version.to_le_bytes());
    header.extend(u32::try_from(FIXED.1 + rest.len()).map_err(too_long)?.to_le_bytes());
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&header), &rest);
    header.extend(checksum.to_le_bytes());
    header.extend(rest);
    Ok(header)
}
