//! What every benchmark file is read into: keys in ascending order, and columns of numbers beside them.
use super::columns::Benchmark;
use super::key;

/// A benchmark's rows for all its datasets.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub(super) space: &'static str,
    /// Strictly ascending.
    pub(super) keys: Vec<u128>,
    pub(super) columns: Vec<Column>,
}

/// One figure of every row, as the benchmark's file has it: percent, a fraction, seconds or a count.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name in the header of the benchmark's CSV file, or one like it (`test108`).
    pub name: String,
    /// A number for each key.
    pub values: Vec<f64>,
}

impl Sheet {
    /// Orders rows by key; `Err` is the place of the first row in `keys` whose key came before.
    pub(super) fn order(space: &'static str, keys: &[u128], columns: Vec<Column>) -> Result<Self, usize> {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|&row| (keys[row], row));
        let repeats = order.windows(2).filter(|pair| keys[pair[0]] == keys[pair[1]]).map(|pair| pair[1]);
        if let Some(repeat) = repeats.min() {
            return Err(repeat);
        }
        let place = |column: Column| Column {
            name: column.name,
            values: order.iter().filter_map(|&row| column.values.get(row).copied()).collect(),
        };
        let columns = columns.into_iter().map(place).collect();
        Ok(Self { space, keys: order.iter().map(|&row| keys[row]).collect(), columns })
    }

    /// The space whose architectures the rows are.
    pub fn space(&self) -> &'static str {
        self.space
    }

    /// Number of architectures.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    /// What a row is found by: the architecture's text (NAS-Bench-201) or hash (NAS-Bench-101).
    pub fn key(&self, row: usize) -> Option<String> {
        let benchmark = Benchmark::of_space(self.space).ok()?;
        self.keys.get(row).map(|key| key::to_text(benchmark.key, *key))
    }

    /// All columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The figures of one architecture, with their columns' names, under the key that its space counts it by; `None` where the
    /// table lacks it.
    pub fn row(&self, key: &str) -> Option<Vec<(&str, f64)>> {
        let key = key::of_text(Benchmark::of_space(self.space).ok()?.key, key)?;
        let row = self.keys.binary_search(&key).ok()?;
        self.columns.iter().map(|column| Some((column.name.as_str(), *column.values.get(row)?))).collect()
    }

    /// The numbers of a column.
    pub(super) fn take(&mut self, name: &str) -> Option<Vec<f64>> {
        let place = self.columns.iter().position(|column| column.name == name)?;
        Some(self.columns.swap_remove(place).values)
    }
}
