//! What the two benchmark tables look like: header, key, reward and test columns of each dataset.

use crate::space::{nasbench101, nasbench201};
use thiserror::Error;

/// A dataset the space's table does not have.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UnknownDataset {
    /// The space has a table, but without this dataset.
    #[error("unknown dataset '{dataset}' for {space}; known are {known}")]
    Dataset {
        /// The space asked for.
        space: String,
        /// The dataset asked for.
        dataset: String,
        /// The datasets there are, separated by commas.
        known: String,
    },
    /// No table format is known for the space.
    #[error("no table format is known for the space '{space}'; tables exist for nasbench201 and nasbench101")]
    Space {
        /// The space asked for.
        space: String,
    },
}

/// Which text of an architecture the rows are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The space's usual text: one row for each spelling.
    Arch,
    /// The canonical form: one row for each class of equal graphs.
    Canonical,
}

/// One table read for one dataset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benchmark {
    /// The name of the space.
    pub(super) space: &'static str,
    pub(super) header: &'static str,
    /// The place of the first column of the header that is a number.
    pub(super) numbers: usize,
    pub(super) key_column: &'static str,
    pub(super) key: Key,
    pub(super) reward_column: &'static str,
    /// The column of the test figure, which a file may lack.
    pub(super) test_column: &'static str,
    /// Factor that turns the reward column into percent.
    pub(super) percent: f64,
    /// Rows of a complete table; `None` where a partial table is usual.
    pub(super) complete: Option<usize>,
    /// What the reward measures, for people.
    pub reward_name: &'static str,
    /// What the test figure measures, for people.
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
    /// The datasets of a space's table, the default one first; empty for a space without a table.
    pub fn datasets(space: &str) -> &'static [&'static str] {
        match space {
            "nasbench201" => &["cifar10", "cifar100", "imagenet16"],
            "nasbench101" => &["cifar10"],
            _ => &[],
        }
    }

    /// The columns of `space`'s table that matter for `dataset`.
    ///
    /// # Errors
    /// When the space has no table or the table lacks the dataset.
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

    /// The table of a space, whatever the dataset.
    pub(super) fn of_space(space: &str) -> Result<Self, UnknownDataset> {
        Self::find(space, Self::datasets(space).first().unwrap_or(&""))
    }

    /// Whether a column counts something or measures time; all others are accuracies.
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
