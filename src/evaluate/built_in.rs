//! Benchmark tables that are part of the program, as compact tables.

use super::columns::Benchmark;
use super::error::TableError;
use super::sheet::Sheet;
use super::{compact, file};
use crate::space::nasbench201;
use std::io::Cursor;
use std::path::PathBuf;

/// A table that is part of the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The space whose architectures it is about.
    pub space: &'static str,
    /// What the benchmark is called.
    pub title: &'static str,
    /// Who published the numbers, and under which licence.
    pub source: &'static str,
    /// Of which training runs each number is the mean.
    pub runs: &'static str,
    /// What its columns are.
    pub columns: &'static str,
    bytes: &'static [u8],
}

/// All tables that are built in.
pub const BUILT_IN: &[BuiltIn] = &[BuiltIn {
    space: nasbench201::NAME,
    title: "NAS-Bench-201",
    source: "X. Dong and Y. Yang, NAS-Bench-201 (ICLR 2020), MIT licence; joined from two public copies",
    runs: "After 12 epochs, CIFAR-10 validation is the mean of two trainings and everything else one training. \
           After 200 epochs, test accuracy is the mean of the one to three trainings that were published of a cell.",
    columns: "DATASET_SPLIT_EPOCHS, accuracy in percent. A search maximises DATASET_valid_12; DATASET_test_200 of the cell \
              it finds is reported beside it and never looked at.",
    bytes: include_bytes!("../../tables/nasbench201.table"),
}];

impl BuiltIn {
    /// The table of a space; none where none is built in.
    #[must_use]
    pub fn of(space: &str) -> Option<&'static Self> {
        BUILT_IN.iter().find(|table| table.space == space)
    }

    /// The table as `graphpnas data convert` writes it.
    #[must_use]
    pub fn bytes(&self) -> &'static [u8] {
        self.bytes
    }

    /// All columns, checked.
    ///
    /// # Errors
    /// A damaged program.
    pub fn sheet(&self) -> Result<Sheet, TableError> {
        self.columns_of(|_| true)
    }

    /// Reads the columns that `wanted` picks and checks their checksums.
    pub(super) fn columns_of(&self, wanted: impl Fn(&str) -> bool) -> Result<Sheet, TableError> {
        let path = self.path();
        let sheet = compact::read_from(&path, Cursor::new(self.bytes), self.bytes.len() as u64, wanted)?;
        file::check(&path, Benchmark::of_space(self.space)?, sheet)
    }

    /// What errors call it in place of a file.
    pub(super) fn path(&self) -> PathBuf {
        format!("the built-in table of {}", self.space).into()
    }
}
