//! The table evaluator: looks up rewards in a benchmark table.

use super::built_in::BuiltIn;
use super::columns::{Benchmark, Key};
use super::error::{OTHER_FILE, Position, TableError};
use super::file::read_columns;
use super::reward::RewardConfig;
use super::sheet::Sheet;
use super::{EvaluateError, Evaluation, Evaluator, key, own_table};
use crate::graph::Graph;
use crate::space::Space;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// The rewards of a benchmark for one dataset.
///
/// ```
/// use graphpnas::evaluate::{Evaluator, Table, TableEvaluator};
/// use std::sync::Arc;
///
/// let table = Table::built_in("nasbench201", "cifar10")?.expect("the table is built in");
/// let space = graphpnas::space::open("nasbench201")?;
/// let mut evaluator = TableEvaluator::new(Arc::new(table), Arc::clone(&space));
/// let cell = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|";
/// let found = evaluator.evaluate(&space.encode(cell)?, cell)?;
/// assert!(found.reward > 84.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Table {
    /// The benchmark's keys; `None` for a table of an own space, whose keys are numbers of canonical keys.
    key: Option<Key>,
    reward_name: String,
    test_name: String,
    /// Strictly ascending; a lookup is a binary search.
    keys: Vec<u128>,
    rewards: Vec<f64>,
    tests: Option<Vec<f64>>,
    reward: RewardConfig,
    optimum: f64,
}

impl Table {
    /// Reads the table of `space` at `path` for `dataset`: a CSV file, a compact table, the TFRecord file of
    /// NAS-Bench-101 or the NATS-Bench folder. The format is detected from the content.
    ///
    /// # Errors
    /// An unknown dataset, an unreadable file, or content that is not the complete, valid table.
    pub fn open(path: &Path, space: &str, dataset: &str) -> Result<Self, TableError> {
        let benchmark = Benchmark::find(space, dataset)?;
        let (reward, test) = (benchmark.reward_column, benchmark.test_column);
        let sheet = read_columns(path, benchmark, |name| name == reward || name == test, &mut |_, _| {})?;
        Self::of(path, benchmark, sheet)
    }

    /// Reads a table of any space: a CSV file with a column `arch` and the rewards in the column `column`, or the compact
    /// table made from it.
    ///
    /// # Errors
    /// An unreadable file, missing columns, an architecture that is not in the space or listed twice, a compact table of
    /// another definition of the space, or a value that is not finite or, in percent, not from 0 to 100.
    pub fn of_space(path: &Path, space: &dyn Space, column: &str, reward: &RewardConfig) -> Result<Self, TableError> {
        own_table::read(path, space, column, reward)
    }

    /// A table of an own space; the keys are ascending.
    pub(super) fn own(
        keys: Vec<u128>,
        rewards: Vec<f64>,
        tests: Option<Vec<f64>>,
        [reward_name, test_name]: [String; 2],
        reward: RewardConfig,
    ) -> Self {
        let optimum = reward.goal.best(rewards.iter().copied()).unwrap_or(f64::NEG_INFINITY);
        Self { key: None, reward_name, test_name, keys, rewards, tests, reward, optimum }
    }

    /// The built-in table of `space` for `dataset`; `None` if the space has no built-in table.
    ///
    /// # Errors
    /// An unknown dataset, or a damaged program file.
    pub fn built_in(space: &str, dataset: &str) -> Result<Option<Self>, TableError> {
        let Some(built_in) = BuiltIn::of(space) else { return Ok(None) };
        let benchmark = Benchmark::find(space, dataset)?;
        let sheet = built_in.columns_of(|name| name == benchmark.reward_column || name == benchmark.test_column)?;
        Self::of(&built_in.path(), benchmark, sheet).map(Some)
    }

    fn of(path: &Path, benchmark: Benchmark, mut sheet: Sheet) -> Result<Self, TableError> {
        let (reward, test) = (benchmark.reward_column, benchmark.test_column);
        let percent =
            |values: Vec<f64>| values.into_iter().map(|value| value * benchmark.percent).collect::<Vec<f64>>();
        let tests = sheet.take(test).map(percent);
        let Some(rewards) = sheet.take(reward).map(percent) else {
            let what = format!("the column {reward} is missing");
            return Err(TableError::content(path, Position::File, what, OTHER_FILE));
        };
        let names = [benchmark.reward_name, benchmark.test_name].map(str::to_owned);
        let reward = RewardConfig::default();
        Ok(Self { key: Some(benchmark.key), ..Self::own(sheet.keys, rewards, tests, names, reward) })
    }

    /// The identity of the table's content, independent of the file format.
    #[must_use]
    pub fn mark(&self) -> TableFingerprint {
        let mut digest = Sha256::new();
        self.keys.iter().for_each(|key| digest.update(key.to_le_bytes()));
        for value in self.rewards.iter().chain(self.tests.iter().flatten()) {
            digest.update(value.to_le_bytes());
        }
        let digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        TableFingerprint {
            architectures: self.keys.len(),
            optimum: self.optimum.to_string(),
            reward: self.reward.clone(),
            digest,
        }
    }

    /// Number of architectures.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Always false for a table that [`Table::open`] returned.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The best reward in the table.
    pub fn optimum(&self) -> f64 {
        self.optimum
    }

    /// The unit of the rewards, and which of them are best.
    #[must_use]
    pub fn reward(&self) -> &RewardConfig {
        &self.reward
    }

    /// Description of the reward.
    #[must_use]
    pub fn reward_name(&self) -> &str {
        &self.reward_name
    }

    /// Description of the test value; empty without test values.
    #[must_use]
    pub fn test_name(&self) -> &str {
        &self.test_name
    }

    /// Looks up a key: the architecture's text (NAS-Bench-201), hash (NAS-Bench-101) or canonical key (other spaces).
    pub fn get(&self, key: &str) -> Option<Evaluation> {
        let number = match self.key {
            Some(kind) => key::of_text(kind, key)?,
            None => own_table::number_of(key),
        };
        let row = self.keys.binary_search(&number).ok()?;
        let test = self.tests.as_ref().and_then(|tests| tests.get(row).copied());
        self.rewards.get(row).map(|&reward| Evaluation { reward, test })
    }
}

/// The identity of a table as used by a search: its keys, rewards and test values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFingerprint {
    /// Number of architectures.
    pub architectures: usize,
    /// The best reward, as text.
    pub optimum: String,
    /// The unit of the rewards, and which of them are best.
    #[serde(default, skip_serializing_if = "RewardConfig::is_accuracy")]
    pub reward: RewardConfig,
    /// SHA-256 of keys, rewards and test values, in hexadecimal.
    pub digest: String,
}

impl TableFingerprint {
    /// Describes the first difference to another table; `None` if both have the same content.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.architectures != other.architectures {
            return Some(format!("it has {} architectures, not {}", other.architectures, self.architectures));
        }
        if self.reward != other.reward {
            let [now, before] = [other, self].map(|table| table.reward.described());
            return Some(format!("its rewards are {now}, not {before}"));
        }
        if self.optimum != other.optimum {
            let [now, before] = [other, self].map(|table| format!("{} {}", table.optimum, self.reward.unit));
            return Some(format!("its best reward is {}, not {}", now.trim_end(), before.trim_end()));
        }
        let differ = || "its architectures, rewards or test values differ".to_owned();
        (self.digest != other.digest).then(differ)
    }
}

/// Looks up rewards in a [`Table`]. Cheap to clone, so parallel runs can share a table.
#[derive(Clone)]
pub struct TableEvaluator {
    table: Arc<Table>,
    space: Arc<dyn Space>,
}

impl TableEvaluator {
    /// Creates an evaluator for graphs of `space`.
    pub fn new(table: Arc<Table>, space: Arc<dyn Space>) -> Self {
        Self { table, space }
    }
}

impl Evaluator for TableEvaluator {
    fn name(&self) -> &'static str {
        "table"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        let found = match self.table.key {
            Some(Key::Arch) => self.table.get(arch),
            Some(Key::Canonical) | None => {
                let invalid = |source| EvaluateError::Invalid { arch: arch.into(), source };
                self.table.get(&self.space.canonical(graph).map_err(invalid)?)
            }
        };
        found.ok_or_else(|| EvaluateError::NotInTable { arch: arch.into() })
    }

    fn reward_name(&self) -> &str {
        &self.table.reward_name
    }

    fn test_name(&self) -> &str {
        &self.table.test_name
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.table.len())
    }

    fn optimum(&self) -> Option<f64> {
        Some(self.table.optimum)
    }
}
