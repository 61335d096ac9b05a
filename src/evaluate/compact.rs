//! The compact table: a benchmark's figures as fixed-width columns that open in milliseconds.
//!
//! All numbers are little-endian. The header: the eight bytes `GPNTABLE`; version (4 bytes); length of the header (4);
//! CRC-32C of the header without these four bytes (4); rows (8); CRC-32C of the keys (4); number of columns (4); the
//! space's name; and for each column its name and the CRC-32C of its numbers (4). A name is its length (1) and its
//! letters. Then follow the keys, 16 bytes each in strictly ascending order, and column after column of `f64`.
//!
//! A key is the cell's hash (NAS-Bench-101) or the index of the architecture (NAS-Bench-201). A reader that wants some
//! columns reads only these and the keys, and checks the checksum of all it reads; with 423,624 rows and two columns
//! that is 14 MB. Numbers have 64 bits, so that a search on the compact table sees what it would see on the original.

use super::error::{Place, TableError};
use super::sheet::{Column, Sheet};
use crate::disk;
use crate::space::{nasbench101, nasbench201};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What every compact table begins with.
pub(super) const MAGIC: &[u8; 8] = b"GPNTABLE";
const VERSION: u32 = 1;
/// Bytes before the header's checksum, and before what the checksum is followed by.
const FIXED: (usize, usize) = (16, 20);
/// No header is longer.
const MAX_HEADER: usize = 1 << 16;
const KEY: usize = 16;
const NUMBER: usize = 8;

struct Header {
    space: &'static str,
    rows: usize,
    keys: u32,
    /// Names and checksums.
    columns: Vec<(String, u32)>,
    /// Bytes of the header.
    length: usize,
}

/// Reads the keys and the columns that `wanted` picks, and checks them.
pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Sheet, TableError> {
    let mut file = File::open(path).map_err(TableError::read(path))?;
    let header = read_header(path, &mut file)?;
    let mut part = |place: usize, width: usize, checksum: u32, name: &str| {
        let mut bytes = vec![0; header.rows * width];
        let at = SeekFrom::Start(place as u64);
        file.seek(at).and_then(|_| file.read_exact(&mut bytes)).map_err(TableError::read(path))?;
        if crc32c::crc32c(&bytes) == checksum {
            return Ok(bytes);
        }
        Err(TableError::content(path, Place::Byte(place as u64), format!("the checksum of {name} is wrong"), AGAIN))
    };
    let keys = part(header.length, KEY, header.keys, "the keys")?;
    let keys: Vec<u128> = keys.as_chunks::<KEY>().0.iter().map(|key| u128::from_le_bytes(*key)).collect();
    if !keys.is_sorted_by(|one, next| one < next) {
        return Err(TableError::content(path, Place::Byte(header.length as u64), "the keys are out of order", AGAIN));
    }
    let mut columns = Vec::new();
    for (number, (name, checksum)) in header.columns.iter().enumerate().filter(|(_, (name, _))| wanted(name)) {
        let place = header.length + header.rows * (KEY + number * NUMBER);
        let bytes = part(place, NUMBER, *checksum, &format!("the column {name}"))?;
        let values = bytes.as_chunks::<NUMBER>().0.iter().map(|value| f64::from_le_bytes(*value)).collect();
        columns.push(Column { name: name.clone(), values });
    }
    Ok(Sheet { space: header.space, keys, columns })
}

const CONVERT: &str = "make one with `graphpnas data convert`";
const AGAIN: &str = "the file seems damaged, convert or fetch it again";

fn read_header(path: &Path, file: &mut File) -> Result<Header, TableError> {
    let wrong = |what: &str| TableError::content(path, Place::Whole, what, AGAIN);
    let size = file.metadata().map_err(TableError::read(path))?.len();
    let mut head = Vec::new();
    file.take(MAX_HEADER as u64).read_to_end(&mut head).map_err(TableError::read(path))?;
    let fixed = head.first_chunk::<{ FIXED.1 }>().ok_or_else(|| wrong("the file ends within its header"))?;
    let word = |place: usize| fixed.iter().skip(place).take(4).rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    if !fixed.starts_with(MAGIC) {
        return Err(TableError::content(path, Place::Whole, "this is no compact table", CONVERT));
    }
    if word(8) != VERSION {
        let what = format!("the table has version {}, and only version {VERSION} is known", word(8));
        return Err(TableError::content(path, Place::Whole, what, "convert the benchmark's file again"));
    }
    let length = word(12) as usize;
    let rest = head.get(FIXED.1..length).ok_or_else(|| wrong("the file ends within its header"))?;
    if crc32c::crc32c_append(crc32c::crc32c(&fixed[..FIXED.0]), rest) != word(FIXED.0) {
        return Err(wrong("the checksum of the header is wrong"));
    }
    let header = parse_header(rest, length).ok_or_else(|| wrong("the header cannot be read"))?;
    match expected_size(&header) {
        Some(expected) if expected == size => Ok(header),
        _ => Err(wrong("the length of the file is not what its header says")),
    }
}

fn expected_size(header: &Header) -> Option<u64> {
    let row = KEY + NUMBER * header.columns.len();
    let bytes = header.rows.checked_mul(row)?.checked_add(header.length)?;
    isize::try_from(bytes).ok()?;
    u64::try_from(bytes).ok()
}

/// What follows the header's checksum; `None` where it is not well-formed.
fn parse_header(mut rest: &[u8], length: usize) -> Option<Header> {
    let rows = usize::try_from(u64::from_le_bytes(take(&mut rest)?)).ok()?;
    let keys = u32::from_le_bytes(take(&mut rest)?);
    let count = u32::from_le_bytes(take(&mut rest)?);
    let name = take_name(&mut rest)?;
    let space = [nasbench101::NAME, nasbench201::NAME].into_iter().find(|known| *known == name)?;
    let mut columns = Vec::new();
    for _ in 0..count {
        columns.push((take_name(&mut rest)?, u32::from_le_bytes(take(&mut rest)?)));
    }
    rest.is_empty().then_some(Header { space, rows, keys, columns, length })
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

/// Writes a sheet whole or not at all; returns the bytes written.
///
/// # Errors
/// When the system cannot write there; nothing is left behind then.
pub fn write(path: &Path, sheet: &Sheet) -> Result<u64, TableError> {
    let failed = |source| TableError::Write { path: path.into(), source };
    if path.file_name().is_none() {
        return Err(failed(std::io::Error::other("the path names no file")));
    }
    disk::replace_with(path, |file| write_to(file, sheet)).map_err(failed)
}

fn write_to(file: &mut File, sheet: &Sheet) -> std::io::Result<u64> {
    let keys: Vec<u8> = sheet.keys.iter().flat_map(|key| key.to_le_bytes()).collect();
    let bytes_of = |column: &Column| column.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let columns: Vec<(&str, Vec<u8>)> =
        sheet.columns.iter().map(|column| (column.name.as_str(), bytes_of(column))).collect();
    let header = header_of(sheet, &keys, &columns)?;
    let parts = [&header, &keys].into_iter().chain(columns.iter().map(|(_, bytes)| bytes));
    let mut total = 0;
    for bytes in parts {
        file.write_all(bytes)?;
        total += bytes.len() as u64;
    }
    Ok(total)
}

fn header_of(sheet: &Sheet, keys: &[u8], columns: &[(&str, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let too_long = |_| std::io::Error::other("the table has too many or too long columns");
    let mut rest = Vec::new();
    rest.extend((sheet.rows() as u64).to_le_bytes());
    rest.extend(crc32c::crc32c(keys).to_le_bytes());
    rest.extend(u32::try_from(columns.len()).map_err(too_long)?.to_le_bytes());
    let name = |rest: &mut Vec<u8>, name: &str| -> std::io::Result<()> {
        rest.push(u8::try_from(name.len()).map_err(too_long)?);
        rest.extend(name.as_bytes());
        Ok(())
    };
    name(&mut rest, sheet.space)?;
    for (column, bytes) in columns {
        name(&mut rest, column)?;
        rest.extend(crc32c::crc32c(bytes).to_le_bytes());
    }
    let mut header = MAGIC.to_vec();
    header.extend(VERSION.to_le_bytes());
    header.extend(u32::try_from(FIXED.1 + rest.len()).map_err(too_long)?.to_le_bytes());
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&header), &rest);
    header.extend(checksum.to_le_bytes());
    header.extend(rest);
    Ok(header)
}
