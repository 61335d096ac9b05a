//! Reads numeric NumPy arrays (`.npy`, format versions 1 to 3).

use super::error::DataError;
use crate::pickle::Number;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Limit on the length of a header, which has type, order and shape; NumPy writes about 100 bytes.
const MAX_HEADER: usize = 1 << 16;

/// Values that are read at a time.
const CHUNK: usize = 1 << 16;

/// An open array, whose values are read in row-major order.
#[derive(Debug)]
pub(super) struct Array {
    path: PathBuf,
    /// The length of each axis.
    pub shape: Vec<usize>,
    number: Number,
    file: BufReader<File>,
}

impl Array {
    /// Opens an array and checks that the file has all its values.
    ///
    /// # Errors
    /// A file that cannot be read, is no array, is cut off, is in column-major order, or has elements that are not
    /// numbers of at most 8 bytes.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let wrong = |what: &str| DataError::Array { path: path.into(), what: what.to_owned() };
        let unreadable = |source| DataError::Read { path: path.into(), source };
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut file = BufReader::new(file);
        let text = header(&mut file).map_err(|_| wrong(NO_ARRAY))?.ok_or_else(|| wrong(NO_ARRAY))?;
        let shape = entry(&text, "shape").and_then(shape).ok_or_else(|| wrong(NO_ARRAY))?;
        let element = entry(&text, "descr").and_then(quoted).and_then(Number::named).ok_or_else(|| wrong(ELEMENTS))?;
        let is_column_major = !entry(&text, "fortran_order").is_some_and(|order| order.starts_with("False"));
        if is_column_major && shape.iter().filter(|length| **length > 1).count() > 1 {
            return Err(wrong("is in column-major order; save numpy.ascontiguousarray(array)"));
        }
        let count = shape.iter().try_fold(element.bytes() as u64, |bytes, length| bytes.checked_mul(*length as u64));
        let length = HEAD as u64 + text.len() as u64;
        let found = bytes.saturating_sub(length);
        // Versions 2 and 3 have two more bytes for the length of the header.
        if !count.is_some_and(|count| [count, count.saturating_add(2)].contains(&found)) {
            return Err(wrong("has another length than its header says; it seems cut off, so save it again"));
        }
        Ok(Self { path: path.into(), shape, number: element, file })
    }

    /// Reads all values and converts each by its index.
    ///
    /// # Errors
    /// A file that cannot be read, not enough memory, or the first error of `convert`, which describes a value.
    pub fn read<T>(mut self, convert: impl Fn(usize, f64) -> Result<T, String>) -> Result<Vec<T>, DataError> {
        let wrong = |what: String| DataError::Array { path: self.path.clone(), what };
        let count = self.shape.iter().product::<usize>();
        let mut values = Vec::new();
        let too_large = |_| wrong("does not fit into memory; give fewer or shorter signals".to_owned());
        values.try_reserve_exact(count).map_err(too_large)?;
        let mut buffer = Vec::new();
        while values.len() < count {
            buffer.resize((count - values.len()).min(CHUNK) * self.number.bytes(), 0);
            let unreadable = |source| DataError::Read { path: self.path.clone(), source };
            self.file.read_exact(&mut buffer).map_err(unreadable)?;
            let numbers = self.number.read(&buffer).map_err(|_| wrong(NO_ARRAY.to_owned()))?;
            for number in numbers {
                values.push(convert(values.len(), number).map_err(wrong)?);
            }
        }
        Ok(values)
    }
}

const NO_ARRAY: &str = "is not a NumPy array; save one with numpy.save";

const ELEMENTS: &str = "has elements of another type than int8 to int64, uint8 to uint64, float32, float64 or bool; convert them \
                        with array.astype(\"float32\")";

/// Bytes before the header of version 1.
const HEAD: usize = 10;

/// Reads the header, the text of a Python dictionary; `None` if the file does not start like an array.
fn header(file: &mut impl Read) -> std::io::Result<Option<String>> {
    let mut head = [0; HEAD];
    file.read_exact(&mut head)?;
    let length = match head {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] => usize::from(u16::from_le_bytes([low, high])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, low, high] => {
            let mut more = [0; 2];
            file.read_exact(&mut more)?;
            usize::try_from(u32::from_le_bytes([low, high, more[0], more[1]])).unwrap_or(usize::MAX)
        }
        _ => return Ok(None),
    };
    if length > MAX_HEADER {
        return Ok(None);
    }
    let mut text = vec![0; length];
    file.read_exact(&mut text)?;
    Ok(String::from_utf8(text).ok())
}

/// Returns what follows a key of the header.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}'"))?;
    rest.trim_start().strip_prefix(':').map(str::trim_start)
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.split_once('\'').map(|(inner, _)| inner)
}

/// Parses a tuple of lengths.
fn shape(text: &str) -> Option<Vec<usize>> {
    let (inner, _) = text.strip_prefix('(')?.split_once(')')?;
    inner.split(',').map(str::trim).filter(|length| !length.is_empty()).map(|length| length.parse().ok()).collect()
}
