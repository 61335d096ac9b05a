//! Reads numeric NumPy arrays (`.npy`, format versions 1 to 3).

use super::error::DataError;
use crate::convert::to_usize;
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
        let wrong = |what: String| DataError::Array { path: path.into(), what };
        let unreadable = |source| DataError::Read { path: path.into(), source };
        let about = std::fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() {
            return Err(DataError::NotRegular { path: path.into() });
        }
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let no_array = || wrong(NO_ARRAY.to_owned());
        let Header { text, bytes } = header(&mut file).map_err(unreadable)?.ok_or_else(no_array)?;
        let shape = entry(&text, "shape").and_then(shape).ok_or_else(no_array)?;
        let kind = entry(&text, "descr").ok_or_else(no_array)?;
        let number = quoted(kind).and_then(Number::named).ok_or_else(|| wrong(elements(kind)))?;
        let is_column_major = !entry(&text, "fortran_order").is_some_and(|order| order.starts_with("False"));
        if is_column_major && shape.iter().filter(|length| **length > 1).count() > 1 {
            return Err(wrong("is in column-major order; save numpy.ascontiguousarray(array)".to_owned()));
        }
        let expected = shape.iter().try_fold(number.bytes() as u64, |bytes, length| bytes.checked_mul(*length as u64));
        let found = about.len().saturating_sub(bytes);
        if expected != Some(found) {
            let expected = expected.map_or_else(|| "more than 2^64".to_owned(), |bytes| bytes.to_string());
            return Err(wrong(format!(
                "has {found} bytes of values, but {expected} according to its header; it seems cut off or damaged, so save it again"
            )));
        }
        Ok(Self { path: path.into(), shape, number, file })
    }

    /// Reads all values and converts each by its index.
    ///
    /// # Errors
    /// A file that cannot be read, not enough memory, or the first error of `convert`, which describes a value.
    pub fn read<T>(mut self, convert: impl Fn(usize, f64) -> Result<T, String>) -> Result<Vec<T>, DataError> {
        let count = self.shape.iter().product::<usize>();
        let mut values = Vec::new();
        let too_large = |_| self.wrong("does not fit into memory; give fewer or shorter signals".to_owned());
        values.try_reserve_exact(count).map_err(too_large)?;
        while values.len() < count {
            for number in self.next((count - values.len()).min(CHUNK))? {
                values.push(convert(values.len(), number).map_err(|what| self.wrong(what))?);
            }
        }
        Ok(values)
    }

    /// Reads the next `count` values.
    ///
    /// # Errors
    /// A file that cannot be read, or that has fewer values.
    pub fn next(&mut self, count: usize) -> Result<Vec<f64>, DataError> {
        let mut buffer = vec![0; count * self.number.bytes()];
        let unreadable = |source| DataError::Read { path: self.path.clone(), source };
        self.file.read_exact(&mut buffer).map_err(unreadable)?;
        self.number.read(&buffer).map_err(|_| self.wrong(NO_ARRAY.to_owned()))
    }

    /// Returns the error of an array that cannot be used; `what` is worded to follow the name of the file.
    pub fn wrong(&self, what: String) -> DataError {
        DataError::Array { path: self.path.clone(), what }
    }
}

const NO_ARRAY: &str = "is not a NumPy array; save one with numpy.save";

/// Describes elements of an unsupported type, `'<U3'` or such in a header.
fn elements(kind: &str) -> String {
    match quoted(kind).map(|kind| kind.trim_start_matches(['<', '>', '=', '|']).as_bytes()) {
        Some([b'U' | b'S' | b'O', ..]) => {
            "has text or objects instead of numbers; numpy.unique(array, return_inverse=True)[1] numbers labels".to_owned()
        }
        _ => "has elements of another type than int8 to int64, uint8 to uint64, float32, float64 or bool; convert them with \
              array.astype(\"float32\")"
            .to_owned(),
    }
}

/// The start of a file.
struct Header {
    /// A Python dictionary.
    text: String,
    /// Length with everything before the values, in bytes.
    bytes: u64,
}

/// Reads the header; `None` if the file does not start like an array.
fn header(file: &mut impl Read) -> std::io::Result<Option<Header>> {
    let mut head = Vec::new();
    file.by_ref().take(10).read_to_end(&mut head)?;
    let length = match head[..] {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] => usize::from(u16::from_le_bytes([low, high])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, low, high] => {
            file.by_ref().take(2).read_to_end(&mut head)?;
            let &[high2, high3] = &head[10..] else { return Ok(None) };
            to_usize(u64::from(u32::from_le_bytes([low, high, high2, high3])))
        }
        _ => return Ok(None),
    };
    if length > MAX_HEADER {
        return Ok(None);
    }
    let mut text = Vec::new();
    file.by_ref().take(length as u64).read_to_end(&mut text)?;
    let bytes = (head.len() + length) as u64;
    Ok(String::from_utf8(text).ok().filter(|text| text.len() == length).map(|text| Header { text, bytes }))
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
