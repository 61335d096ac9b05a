//! Reader of a benchmark's CSV file.
//!
//! The reader is strict, because a table with missing rows or columns would silently give wrong search results.

use super::columns::Benchmark;
use super::error::{FETCH_AGAIN, OTHER_FILE, Position, TableError, line_of};
use super::key;
use super::sheet::{Column, Sheet, TableSpace};
use csv::ByteRecord;
use std::path::Path;

/// Reads the file at `path`.
pub(super) fn read(path: &Path, benchmark: Benchmark) -> Result<Sheet, TableError> {
    let text = std::fs::read(path).map_err(TableError::read(path))?;
    Reader { path, benchmark, text: &text }.read()
}

struct Reader<'a> {
    path: &'a Path,
    benchmark: Benchmark,
    text: &'a [u8],
}

impl Reader<'_> {
    fn read(&self) -> Result<Sheet, TableError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(self.text);
        self.header(&mut reader)?;
        let (mut keys, mut starts, mut columns) = (Vec::new(), Vec::new(), self.columns());
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(|error| self.damaged(&error))? {
            let at = record.position().map_or(0, csv::Position::byte);
            keys.push(self.key(&record, at)?);
            starts.push(at);
            for (column, field) in columns.iter_mut().zip(record.iter().skip(self.benchmark.numbers)) {
                column.values.push(self.number(&column.name, field, at)?);
            }
        }
        let ordered = Sheet::order(TableSpace::benchmark(self.benchmark.space), &keys, columns).map_err(|row| {
            let key = key::to_text(self.benchmark.key, keys[row]);
            self.wrong(self.line(starts[row]), format!("{key} is listed twice"), FETCH_AGAIN)
        })?;
        self.complete(ordered.rows())?;
        Ok(ordered)
    }

    fn header(&self, reader: &mut csv::Reader<&[u8]>) -> Result<(), TableError> {
        if self.text.is_empty() {
            return Err(self.wrong(1, "the file is empty".into(), FETCH_AGAIN));
        }
        let header = reader.byte_headers().map_err(|error| self.damaged(&error))?;
        let expected = self.benchmark.header;
        if header.iter().eq(expected.split(',').map(str::as_bytes)) {
            return Ok(());
        }
        Err(self.wrong(1, format!("the columns are not those of the benchmark ({expected})"), OTHER_FILE))
    }

    fn columns(&self) -> Vec<Column> {
        let names = self.benchmark.header.split(',').skip(self.benchmark.numbers);
        names.map(|name| Column { name: name.into(), values: Vec::new() }).collect()
    }

    fn key(&self, record: &ByteRecord, at: u64) -> Result<u128, TableError> {
        let name = self.benchmark.key_column;
        let index = self.benchmark.header.split(',').position(|column| column == name).unwrap_or(0);
        let text = String::from_utf8_lossy(&record[index]);
        key::of_text(self.benchmark.key, &text)
            .ok_or_else(|| self.wrong(self.line(at), format!("'{text}' is not a valid {name}"), FETCH_AGAIN))
    }

    fn number(&self, column: &str, field: &[u8], at: u64) -> Result<f64, TableError> {
        let text = String::from_utf8_lossy(field);
        let accuracy = Benchmark::is_accuracy(column);
        let most = if accuracy { 100.0 / self.benchmark.percent } else { f64::MAX };
        match text.parse::<f64>() {
            Ok(value) if (0.0..=most).contains(&value) => Ok(value),
            _ => {
                let what = if accuracy { "an accuracy".into() } else { format!("a valid {column}") };
                Err(self.wrong(self.line(at), format!("'{text}' is not {what}"), FETCH_AGAIN))
            }
        }
    }

    /// Checks the last line break and the row count, because a file that is cut off within its last number still
    /// parses.
    fn complete(&self, rows: usize) -> Result<(), TableError> {
        let line = self.text.iter().filter(|byte| **byte == b'\n').count() as u64;
        if rows == 0 {
            return Err(self.wrong(1, "the table has no rows after the header".into(), FETCH_AGAIN));
        }
        if !self.text.ends_with(b"\n") {
            return Err(self.wrong(line + 1, "the last line has no line break".into(), FETCH_AGAIN));
        }
        match self.benchmark.complete {
            Some(all) if rows != all => {
                let what = format!("the table ends after {rows} of {all} architectures");
                Err(self.wrong(line, what, FETCH_AGAIN))
            }
            _ => Ok(()),
        }
    }

    fn line(&self, at: u64) -> u64 {
        line_of(self.text, at)
    }

    fn damaged(&self, error: &csv::Error) -> TableError {
        let line = error.position().map_or(1, |position| self.line(position.byte()));
        let what = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the row has {len} columns instead of {expected_len}")
            }
            _ => "the row cannot be read".into(),
        };
        self.wrong(line, what, FETCH_AGAIN)
    }

    fn wrong(&self, line: u64, what: String, remedy: &'static str) -> TableError {
        TableError::content(self.path, Position::Line(line), what, remedy)
    }
}
