//! CSV files of any space: a column `arch` with the texts of the architectures, and columns of numbers.

use super::error::{ANOTHER_UNIT, OTHER_FILE, Position, TableError, line_of};
use super::own_table::number_of;
use super::reward::RewardConfig;
use super::sheet::{Column, Sheet, TableSpace};
use crate::shown::nearest;
use crate::space::Space;
use csv::ByteRecord;
use std::path::Path;

/// The column of the architecture's text.
const ARCH: &str = "arch";

/// The remedy for a row that cannot be used.
const OTHER_ROW: &str = "correct the row or remove it";

/// The remedy for a file that is not complete.
const OTHER_EXPORT: &str = "write the file again";

/// An open file.
pub(super) struct OwnCsv<'a> {
    path: &'a Path,
    space: &'a dyn Space,
    bytes: Vec<u8>,
    /// The names in the header.
    names: Vec<String>,
    /// The place of the column of architectures.
    arch: usize,
}

impl<'a> OwnCsv<'a> {
    /// Reads a file and its header.
    pub fn open(path: &'a Path, space: &'a dyn Space) -> Result<Self, TableError> {
        let bytes = std::fs::read(path).map_err(TableError::read(path))?;
        let mut file = Self { path, space, bytes, names: Vec::new(), arch: 0 };
        let mut reader = file.reader();
        let header = reader.headers().map_err(|error| file.unreadable(&error))?.clone();
        file.names = header.iter().map(|name| name.trim().to_owned()).collect();
        let arch = file.place(ARCH).ok_or_else(|| {
            file.wrong(1, format!("the header has no column `{ARCH}` with the texts of the architectures"))
        })?;
        Ok(Self { arch, ..file })
    }

    /// Reads the column of rewards and, if there is one, that of the test values.
    pub fn rewards(&self, column: &str, test: Option<&str>, reward: &RewardConfig) -> Result<Sheet, TableError> {
        let others = || self.names.iter().filter(|name| *name != ARCH).map(String::as_str);
        let place = self.place(column).filter(|place| *place != self.arch);
        let place = place.ok_or_else(|| no_column(self.path, column, others()))?;
        let test = test.and_then(|test| self.place(test));
        self.check_repeated(&[Some(self.arch), Some(place), test].into_iter().flatten().collect::<Vec<_>>())?;
        self.columns(&[Some(place), test].into_iter().flatten().collect::<Vec<_>>(), reward)
    }

    /// Reads all columns of numbers; also returns the names of the others. A column is one of numbers if its first value
    /// is a number; all others must then be numbers, too.
    pub fn all(&self) -> Result<(Sheet, Vec<String>), TableError> {
        self.check_repeated(&(0..self.names.len()).collect::<Vec<_>>())?;
        let mut first = ByteRecord::new();
        self.reader().read_byte_record(&mut first).map_err(|error| self.unreadable(&error))?;
        let places = (0..self.names.len()).filter(|place| *place != self.arch);
        let (numbers, texts): (Vec<_>, Vec<_>) =
            places.partition(|place| text(&first, *place).parse::<f64>().is_ok() || first.is_empty());
        if numbers.is_empty() {
            return Err(self.wrong(1, format!("no column but `{ARCH}` has a number in the first row")));
        }
        let texts = texts.into_iter().map(|place| self.names[place].clone()).collect();
        Ok((self.columns(&numbers, &RewardConfig::any())?, texts))
    }

    /// Refuses columns whose name another column has, too.
    fn check_repeated(&self, places: &[usize]) -> Result<(), TableError> {
        let is_repeated = |place: &&usize| self.names.iter().filter(|name| **name == self.names[**place]).count() > 1;
        places.iter().find(is_repeated).map_or(Ok(()), |place| {
            let what = format!("the column {} is listed twice", self.names[*place]);
            Err(TableError::content(self.path, Position::Line(1), what, "rename one of them"))
        })
    }

    fn columns(&self, places: &[usize], reward: &RewardConfig) -> Result<Sheet, TableError> {
        let (mut keys, mut starts) = (Vec::new(), Vec::new());
        let column = |place: &usize| Column { name: self.names[*place].clone(), values: Vec::new() };
        let mut columns: Vec<Column> = places.iter().map(column).collect();
        let (mut reader, mut record) = (self.reader(), ByteRecord::new());
        while reader.read_byte_record(&mut record).map_err(|error| self.unreadable(&error))? {
            let at = record.position().map_or(0, csv::Position::byte);
            keys.push(self.key(&text(&record, self.arch), at)?);
            starts.push(at);
            for (column, place) in columns.iter_mut().zip(places) {
                column.values.push(self.number(&text(&record, *place), &column.name, reward, at)?);
            }
        }
        self.complete(&keys)?;
        Sheet::order(TableSpace::own(self.space), &keys, columns).map_err(|second| {
            let first = keys.iter().position(|key| *key == keys[second]).unwrap_or(0);
            let what = format!(
                "the architecture is listed twice, also in line {} (isomorphic graphs are one unless the space file has same = \
                 \"text\")",
                self.line(starts[first])
            );
            TableError::content(self.path, Position::Line(self.line(starts[second])), what, OTHER_ROW)
        })
    }

    fn line(&self, at: u64) -> u64 {
        line_of(&self.bytes, at)
    }

    fn key(&self, arch: &str, at: u64) -> Result<u128, TableError> {
        let graph = self.space.encode(arch).map_err(|error| {
            self.wrong(self.line(at), format!("this is not a {} architecture: {error}", self.space.name()))
        })?;
        let key = self.space.canonical(&graph).map_err(|error| self.wrong(self.line(at), error.to_string()))?;
        Ok(number_of(&key))
    }

    fn number(&self, text: &str, column: &str, reward: &RewardConfig, at: u64) -> Result<f64, TableError> {
        match text.parse::<f64>() {
            // -0 becomes 0, so that equal rewards have equal bits.
            Ok(number) if reward.accepts(number) => Ok(number + 0.0),
            parsed => {
                let what = format!("'{text}' in the column {column} is not {}", reward.accepted());
                let remedy = if parsed.is_ok_and(f64::is_finite) { ANOTHER_UNIT } else { OTHER_ROW };
                Err(TableError::content(self.path, Position::Line(self.line(at)), what, remedy))
            }
        }
    }

    /// Checks that there are rows, and that the file was not cut off within its last number.
    fn complete(&self, keys: &[u128]) -> Result<(), TableError> {
        if !self.bytes.ends_with(b"\n") && !self.bytes.is_empty() {
            let lines = self.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            let what = "the last line has no line break, so the file may be cut off".to_owned();
            return Err(TableError::content(self.path, Position::Line(lines + 1), what, OTHER_EXPORT));
        }
        if keys.is_empty() {
            return Err(self.wrong(1, "the table has no rows after the header".to_owned()));
        }
        Ok(())
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().from_reader(&self.bytes[..])
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn wrong(&self, line: u64, what: String) -> TableError {
        TableError::content(self.path, Position::Line(line), what, OTHER_FILE)
    }

    fn unreadable(&self, error: &csv::Error) -> TableError {
        let line = error.position().map_or(1, |position| self.line(position.byte()));
        let what = "the row cannot be read, or has another number of columns than the header; texts with commas need \
                    double quotes";
        TableError::content(self.path, Position::Line(line), what.to_owned(), OTHER_EXPORT)
    }
}

/// The error of a column that a table does not have.
pub(super) fn no_column<'a>(path: &Path, column: &str, known: impl Iterator<Item = &'a str>) -> TableError {
    let known: Vec<&str> = known.collect();
    let hint = nearest(column, known.iter().map(|name| (*name).to_owned()));
    let hint = hint.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
    TableError::Column { path: path.into(), column: column.to_owned(), hint, known: known.join(", ") }
}

fn text(record: &ByteRecord, place: usize) -> String {
    String::from_utf8_lossy(record.get(place).unwrap_or_default()).trim().to_owned()
}
