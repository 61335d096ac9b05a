//! The table evaluator: rewards looked up in a benchmark's CSV file.
//!
//! The reader is strict: a benchmark that lost rows or columns would give a search that looks right and is not.

use super::columns::{Benchmark, Key, UnknownDataset};
use super::{EvaluateError, Evaluation, Evaluator};
use crate::graph::Graph;
use crate::space::Space;
use csv::ByteRecord;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Why a table could not be read. Every message names the file and says what to do.
#[derive(Debug, Error)]
pub enum TableError {
    /// The table has no such dataset.
    #[error(transparent)]
    Dataset(#[from] UnknownDataset),
    /// The file could not be read.
    #[error("cannot read the table {}: {source}; give the benchmark's CSV file", path.display())]
    Read {
        /// The table.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's content is not the benchmark's table.
    #[error("{}, line {line}: {what}; {remedy}", path.display())]
    Content {
        /// The table.
        path: PathBuf,
        /// Line in the file, from 1.
        line: u64,
        /// What is wrong there.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

const FETCH_AGAIN: &str = "the file seems damaged or cut off, fetch it again";
const OTHER_FILE: &str = "give the table that belongs to the space";

/// A benchmark's rewards for one dataset, by architecture.
#[derive(Debug)]
pub struct Table {
    benchmark: Benchmark,
    rows: HashMap<String, Evaluation>,
    optimum: f64,
}

impl Table {
    /// Reads the table of `space` at `path` for `dataset`.
    ///
    /// # Errors
    /// An unknown dataset, an unreadable file, or content that is not the complete, well-formed table.
    pub fn open(path: &Path, space: &str, dataset: &str) -> Result<Self, TableError> {
        let benchmark = Benchmark::find(space, dataset)?;
        let text = std::fs::read(path).map_err(|source| TableError::Read { path: path.into(), source })?;
        Reader { path, benchmark, text: &text }.read()
    }

    /// Number of architectures.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Never true of a table that [`Table::open`] accepted.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The best reward in the table, in percent.
    pub fn optimum(&self) -> f64 {
        self.optimum
    }

    /// The row of a key: the architecture's text (NAS-Bench-201) or hash (NAS-Bench-101).
    pub fn get(&self, key: &str) -> Option<Evaluation> {
        self.rows.get(key).copied()
    }
}

/// Where the columns that matter are.
struct Places {
    key: usize,
    reward: usize,
    test: Option<usize>,
}

struct Reader<'a> {
    path: &'a Path,
    benchmark: Benchmark,
    text: &'a [u8],
}

impl Reader<'_> {
    fn read(&self) -> Result<Table, TableError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(self.text);
        let places = self.header(&mut reader)?;
        let mut rows = HashMap::with_capacity(self.benchmark.complete.unwrap_or(1 << 15));
        let mut record = ByteRecord::new();
        let mut optimum = f64::NEG_INFINITY;
        while self.next(&mut reader, &mut record)? {
            let line = record.position().map_or(0, csv::Position::line);
            let (key, evaluation) = self.row(&record, &places, line)?;
            optimum = optimum.max(evaluation.reward);
            if let Some(key) = duplicate(&mut rows, key, evaluation) {
                return Err(self.wrong(line, format!("{key} stands there a second time"), FETCH_AGAIN));
            }
        }
        self.complete(rows.len())?;
        Ok(Table { benchmark: self.benchmark, rows, optimum })
    }

    fn header(&self, reader: &mut csv::Reader<&[u8]>) -> Result<Places, TableError> {
        if self.text.is_empty() {
            return Err(self.wrong(1, "the file is empty".into(), FETCH_AGAIN));
        }
        let header = reader.byte_headers().map_err(|error| self.damaged(&error))?;
        let expected = self.benchmark.header;
        if !header.iter().eq(expected.split(',').map(str::as_bytes)) {
            let what = format!("the columns are not those of the benchmark, which are {expected}");
            return Err(self.wrong(1, what, OTHER_FILE));
        }
        let place = |name: &str| expected.split(',').position(|column| column == name).unwrap_or(0);
        Ok(Places {
            key: place(self.benchmark.key_column),
            reward: place(self.benchmark.reward_column),
            test: self.benchmark.test_column.map(place),
        })
    }

    fn next(&self, reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> Result<bool, TableError> {
        reader.read_byte_record(record).map_err(|error| self.damaged(&error))
    }

    fn row(&self, record: &ByteRecord, places: &Places, line: u64) -> Result<(String, Evaluation), TableError> {
        let key = std::str::from_utf8(&record[places.key]).unwrap_or("");
        if !self.is_key(key) {
            let what = format!("'{key}' is no {}", self.benchmark.key_column);
            return Err(self.wrong(line, what, FETCH_AGAIN));
        }
        let reward = self.percent(&record[places.reward], line)? * self.benchmark.percent;
        let test = places.test.map(|place| self.percent(&record[place], line)).transpose()?;
        if !(0.0..=100.0).contains(&reward) {
            return Err(self.wrong(line, format!("the accuracy {reward} is not in 0 to 100 percent"), FETCH_AGAIN));
        }
        Ok((key.to_owned(), Evaluation { reward, test }))
    }

    /// Only the shape of the key: cheap, and enough to notice shifted or overwritten columns.
    fn is_key(&self, key: &str) -> bool {
        match self.benchmark.key {
            Key::Arch => key.starts_with('|') && key.ends_with('|') && key.split('+').count() == 3,
            Key::Canonical => key.len() == 32 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        }
    }

    fn percent(&self, field: &[u8], line: u64) -> Result<f64, TableError> {
        let text = String::from_utf8_lossy(field);
        match text.parse::<f64>() {
            Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
            _ => Err(self.wrong(line, format!("'{text}' is not an accuracy"), FETCH_AGAIN)),
        }
    }

    /// A file cut off inside its last number still parses, so the last line break and the row count are checked.
    fn complete(&self, rows: usize) -> Result<(), TableError> {
        let line = self.text.iter().filter(|byte| **byte == b'\n').count() as u64;
        if rows == 0 {
            return Err(self.wrong(1, "no rows follow the header".into(), FETCH_AGAIN));
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

    fn damaged(&self, error: &csv::Error) -> TableError {
        let line = error.position().map_or(1, csv::Position::line);
        let what = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the row has {len} columns instead of {expected_len}")
            }
            _ => "the row cannot be read".into(),
        };
        self.wrong(line, what, FETCH_AGAIN)
    }

    fn wrong(&self, line: u64, what: String, remedy: &'static str) -> TableError {
        TableError::Content { path: self.path.into(), line, what, remedy }
    }
}

/// Inserts the row, or gives the key back when it is already there.
fn duplicate(rows: &mut HashMap<String, Evaluation>, key: String, row: Evaluation) -> Option<String> {
    use std::collections::hash_map::Entry;
    match rows.entry(key) {
        Entry::Occupied(entry) => Some(entry.key().clone()),
        Entry::Vacant(entry) => {
            entry.insert(row);
            None
        }
    }
}

/// Looks rewards up in a [`Table`]; cheap to clone, so that parallel runs share one table.
#[derive(Clone)]
pub struct TableEvaluator {
    table: Arc<Table>,
    space: Arc<dyn Space>,
}

impl TableEvaluator {
    /// An evaluator of the graphs of `space` on its table.
    pub fn new(table: Arc<Table>, space: Arc<dyn Space>) -> Self {
        Self { table, space }
    }
}

impl Evaluator for TableEvaluator {
    fn name(&self) -> &'static str {
        "table"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        let found = match self.table.benchmark.key {
            Key::Arch => self.table.get(arch),
            Key::Canonical => {
                let invalid = |source| EvaluateError::Invalid { arch: arch.into(), source };
                self.table.get(&self.space.canonical(graph).map_err(invalid)?)
            }
        };
        found.ok_or_else(|| EvaluateError::NotInTable { arch: arch.into() })
    }

    fn reward_name(&self) -> &str {
        self.table.benchmark.reward_name
    }

    fn test_name(&self) -> &str {
        self.table.benchmark.test_name
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.table.len())
    }

    fn optimum(&self) -> Option<f64> {
        Some(self.table.optimum)
    }
}
