//! A table in memory: sorted keys and numeric columns.
use super::columns::Benchmark;
use super::key;
use crate::space::Space;
use std::fmt;

/// The space of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpace {
    /// Its name.
    pub name: String,
    /// The digest of its definition ([`Space::digest`]); `None` for the tables of benchmarks, whose keys do not depend
    /// on it.
    pub digest: Option<String>,
}

impl TableSpace {
    /// The space of a benchmark.
    pub(super) fn benchmark(name: &str) -> Self {
        Self { name: name.to_owned(), digest: None }
    }

    /// The format of a benchmark's table; `None` for an own table.
    fn format(&self) -> Option<Benchmark> {
        if self.digest.is_some() { None } else { Benchmark::of_space(&self.name).ok() }
    }

    /// The space of an own table.
    pub(super) fn own(space: &dyn Space) -> Self {
        Self { name: space.name().to_owned(), digest: Some(space.digest().unwrap_or_default()) }
    }
}

impl fmt::Display for TableSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.digest {
            Some(digest) if !digest.is_empty() => write!(f, "{} (digest {digest})", self.name),
            _ => f.write_str(&self.name),
        }
    }
}

/// The rows of a table with all columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub(super) space: TableSpace,
    /// Strictly ascending.
    pub(super) keys: Vec<u128>,
    pub(super) columns: Vec<Column>,
}

/// A numeric column in the unit of the file: percent, fraction, seconds or count.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name, as in the header of the CSV file.
    pub name: String,
    /// The value of each row.
    pub values: Vec<f64>,
}

impl Sheet {
    /// Sorts rows by key; the error is the index of the first row whose key occurred before.
    pub(super) fn order(space: TableSpace, keys: &[u128], columns: Vec<Column>) -> Result<Self, usize> {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|&row| (keys[row], row));
        let repeats = order.windows(2).filter(|pair| keys[pair[0]] == keys[pair[1]]).map(|pair| pair[1]);
        if let Some(repeat) = repeats.min() {
            return Err(repeat);
        }
        let sorted = |column: Column| Column {
            name: column.name,
            values: order.iter().filter_map(|&row| column.values.get(row).copied()).collect(),
        };
        let columns = columns.into_iter().map(sorted).collect();
        Ok(Self { space, keys: order.iter().map(|&row| keys[row]).collect(), columns })
    }

    /// The search space.
    pub fn space(&self) -> &TableSpace {
        &self.space
    }

    /// Number of architectures.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    /// The key of a row: the architecture's text (NAS-Bench-201) or hash (NAS-Bench-101); `None` for other spaces, whose
    /// keys are digests.
    pub fn key(&self, row: usize) -> Option<String> {
        let benchmark = self.space.format()?;
        self.keys.get(row).map(|key| key::to_text(benchmark.key, *key))
    }

    /// All columns, in file order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The values of the architecture with this key, with their column names; `None` if it is not in the table, or if it
    /// is no table of a benchmark.
    pub fn row(&self, key: &str) -> Option<Vec<(&str, f64)>> {
        let key = key::of_text(self.space.format()?.key, key)?;
        let row = self.keys.binary_search(&key).ok()?;
        self.columns.iter().map(|column| Some((column.name.as_str(), *column.values.get(row)?))).collect()
    }

    /// Removes a column and returns its values.
    pub(super) fn take(&mut self, name: &str) -> Option<Vec<f64>> {
        let index = self.columns.iter().position(|column| column.name == name)?;
        Some(self.columns.swap_remove(index).values)
    }
}
