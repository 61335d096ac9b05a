//! Benchmark tables that are built into the program, as compact tables.

use super::columns::Benchmark;
use super::error::TableError;
use super::sheet::Sheet;
use super::{compact, file};
use crate::space::nasbench201;
use std::io::Cursor;
use std::path::PathBuf;

/// A built-in table.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The search space.
    pub space: &'static str,
    /// Name of the benchmark.
    pub title: &'static str,
    /// Authors and licence.
    pub source: &'static str,
    /// The training runs behind each value.
    pub runs: &'static str,
    /// The meaning of the columns.
    pub columns: &'static str,
    bytes: &'static [u8],
}

/// All built-in tables.
pub const BUILT_IN: &[BuiltIn] = &[BuiltIn {
    space: nasbench201::NAME,
    title: "NAS-Bench-201",
    source: "X. Dong and Y. Yang, NAS-Bench-201 (ICLR 2020), MIT licence; joined from two public copies",
    runs: "12 epochs: CIFAR-10 validation accuracy is the mean of two trainings; all other accuracies are from one \
           training. 200 epochs: test accuracy is the mean of all published trainings of a cell (one to three).",
    columns: "DATASET_SPLIT_EPOCHS, accuracy in percent. A search maximises DATASET_valid_12; it reports \
              DATASET_test_200 of the best cell, but does not use it.",
    bytes: include_bytes!("../../tables/nasbench201.table"),
}];

impl BuiltIn {
    /// The built-in table of a space, if there is one.
    #[must_use]
    pub fn of(space: &str) -> Option<&'static Self> {
        BUILT_IN.iter().find(|table| table.space == space)
    }

    /// The table as `graphpnas data convert` writes it.
    #[must_use]
    pub fn bytes(&self) -> &'static [u8] {
        self.bytes
    }

    /// All columns, with verified checksums.
    ///
    /// # Errors
    /// A wrong checksum, if the program file is damaged.
    pub fn sheet(&self) -> Result<Sheet, TableError> {
        self.columns_of(|_| true)
    }

    /// Reads the columns that `wanted` selects and verifies their checksums.
    pub(super) fn columns_of(&self, wanted: impl Fn(&str) -> bool) -> Result<Sheet, TableError> {
        let path = self.path();
        let sheet = compact::read_from(&path, Cursor::new(self.bytes), self.bytes.len() as u64, wanted)?;
        file::check(&path, Benchmark::of_space(self.space)?, sheet)
    }

    /// The name in error messages, in place of a file path.
    pub(super) fn path(&self) -> PathBuf {
        format!("the built-in table of {}", self.space).into()
    }
}
