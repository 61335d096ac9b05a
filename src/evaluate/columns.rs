//! The format of the two benchmark tables: header, key, reward and test columns of each dataset.

use crate::space::{nasbench101, nasbench201};
use thiserror::Error;

/// A dataset that the table of the space does not have.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UnknownDataset {
    /// The table of the space does not have this dataset.
    #[error("unknown dataset '{dataset}' for {space}; known are {known}")]
    Dataset {
        /// The requested space.
        space: String,
        /// The requested dataset.
        dataset: String,
        /// The existing datasets, separated by commas.
        known: String,
    },
    /// There are no tables for the space.
    #[error("there are no tables for the space '{space}', only for nasbench201 and nasbench101")]
    Space {
        /// The requested space.
        space: String,
    },
}

/// The key of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The architecture's text: one row per text.
    Arch,
    /// The canonical form: one row per class of isomorphic graphs.
    Canonical,
}

/// The format of a benchmark table for one dataset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benchmark {
    /// The name of the space.
    pub(super) space: &'static str,
    pub(super) header: &'static str,
    /// Index of the first numeric column of the header.
    pub(super) numbers: usize,
    pub(super) key_column: &'static str,
    pub(super) key: Key,
    pub(super) reward_column: &'static str,
    /// The column of the test accuracy, which may be missing in a file.
    pub(super) test_column: &'static str,
    /// Factor that converts accuracies to percent.
    pub(super) percent: f64,
    /// Number of rows of a complete table; `None` if partial tables are allowed.
    pub(super) complete: Option<usize>,
    /// Human-readable description of the reward.
    pub reward_name: &'static str,
    /// Human-readable description of the test accuracy.
    pub test_name: &'static str,
}

const NASBENCH201_HEADER: &str = "index,arch,cifar10_valid_12,cifar10_test_12,cifar10_test_200,\
     cifar100_valid_12,cifar100_test_12,cifar100_test_200,\
     imagenet16_valid_12,imagenet16_test_12,imagenet16_test_200";

const NASBENCH101_HEADER: &str = "hash,vertices,edges,ops,val4,val12,val36,val108,train_time,params";

const NASBENCH201: Benchmark = Benchmark {
    space: nasbench201::NAME,
    numbers: 2,
    header: NASBENCH201_HEADER,
    key_column: "arch",
    key: Key::Arch,
    reward_column: "cifar10_valid_12",
    test_column: "cifar10_test_200",
    percent: 1.0,
    complete: Some(15_625),
    reward_name: "12-epoch validation accuracy",
    test_name: "200-epoch test accuracy",
};

const NASBENCH101: Benchmark = Benchmark {
    space: nasbench101::NAME,
    numbers: 4,
    header: NASBENCH101_HEADER,
    key_column: "hash",
    key: Key::Canonical,
    reward_column: "val108",
    test_column: "test108",
    percent: 100.0,
    complete: None,
    reward_name: "108-epoch validation accuracy",
    test_name: "108-epoch test accuracy",
};

impl Benchmark {
    /// The datasets of a space's table, the default first; empty for a space without a table.
    pub fn datasets(space: &str) -> &'static [&'static str] {
        match space {
            "nasbench201" => &["cifar10", "cifar100", "imagenet16"],
            "nasbench101" => &["cifar10"],
            _ => &[],
        }
    }

    /// Returns the format of the table of `space` for `dataset`.
    ///
    /// # Errors
    /// The space has no table, or the table does not have the dataset.
    pub fn find(space: &str, dataset: &str) -> Result<Self, UnknownDataset> {
        match (space, dataset) {
            ("nasbench201", "cifar10") => Ok(NASBENCH201),
            ("nasbench201", "cifar100") => {
                Ok(Self { reward_column: "cifar100_valid_12", test_column: "cifar100_test_200", ..NASBENCH201 })
            }
            ("nasbench201", "imagenet16") => {
                Ok(Self { reward_column: "imagenet16_valid_12", test_column: "imagenet16_test_200", ..NASBENCH201 })
            }
            ("nasbench101", "cifar10") => Ok(NASBENCH101),
            _ => Err(Self::unknown(space, dataset)),
        }
    }

    /// Returns the format of the table of a space for its default dataset.
    pub(super) fn of_space(space: &str) -> Result<Self, UnknownDataset> {
        Self::find(space, Self::datasets(space).first().unwrap_or(&""))
    }

    /// Whether the column is an accuracy rather than a time or a count.
    pub(super) fn is_accuracy(column: &str) -> bool {
        !matches!(column, "train_time" | "params")
    }

    fn unknown(space: &str, dataset: &str) -> UnknownDataset {
        let known = Self::datasets(space);
        if known.is_empty() {
            return UnknownDataset::Space { space: space.into() };
        }
        UnknownDataset::Dataset { space: space.into(), dataset: dataset.into(), known: known.join(", ") }
    }
}
