//! Reward sources, which evaluate architectures (docs/method.md section 4).

mod built_in;
mod columns;
mod compact;
mod csv_table;
mod error;
mod file;
mod key;
mod metrics;
mod nasbench101;
mod nats;
mod numbers;
mod oracle;
mod own_csv;
mod own_table;
mod progress;
mod proxy;
mod reward;
mod sheet;
mod source;
mod supernet;
mod table;
pub mod tfrecord;

pub use built_in::{BUILT_IN, BuiltIn};
pub use columns::{Benchmark, UnknownDataset};
pub use compact::write;
pub use error::{Position, TableError};
pub use file::{TableFormat, read, verify};
pub use nasbench101::read_records;
pub use oracle::{Oracle, OracleConfig};
pub use own_table::read_own;
pub use progress::Progress;
pub use proxy::ProxyConfig;
pub use reward::{Goal, RewardConfig};
pub use sheet::{Column, Sheet, TableSpace};
pub use source::RewardSource;
pub use supernet::{SharingSchedule, SuperNet, SuperNetConfig, shared_model};
pub use table::{Table, TableEvaluator, TableFingerprint};

use crate::graph::Graph;
use crate::space::InvalidGraph;
use crate::train::Trainer;
use thiserror::Error;

/// The result of an evaluation; both values are in the unit of the search's rewards ([`RewardConfig`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The reward, such as the validation accuracy, which the search optimises.
    pub reward: f64,
    /// The test value, such as the test accuracy after full training, if the source has it; the search does not use it.
    pub test: Option<f64>,
}

/// Why an evaluation failed.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// A partial table lacks the architecture; the search continues with another one.
    #[error("{arch} is not in the table")]
    NotInTable {
        /// The architecture.
        arch: String,
    },
    /// The graph has no canonical form in the space.
    #[error("{arch} cannot be looked up: {source}")]
    Invalid {
        /// The architecture.
        arch: String,
        /// Why the graph is invalid.
        source: InvalidGraph,
    },
    /// The architecture could not be trained, because its loss was not finite or its network cannot be built. The
    /// search continues with others.
    #[error("{arch} got no reward: {why}")]
    Child {
        /// The architecture.
        arch: String,
        /// Reason of the failure.
        why: String,
    },
    /// The watcher stopped the evaluation; there is no result.
    #[error("evaluating {arch} was stopped")]
    Stopped {
        /// The architecture under evaluation.
        arch: String,
    },
    /// The shared weights could not be trained; the search stops.
    #[error("training the shared weights failed: {0}")]
    Shared(Box<dyn std::error::Error + Send + Sync>),
    /// The source failed; the search stops.
    #[error("evaluating {arch} failed: {source}")]
    Failed {
        /// The architecture under evaluation.
        arch: String,
        /// The error of the source.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An upcoming evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Upcoming<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// Its text in the space.
    pub arch: &'a str,
    /// 0 for [`Evaluator::evaluate`], the repeat number for [`Evaluator::evaluate_repeat`].
    pub repeat: usize,
}

/// A source of rewards.
pub trait Evaluator {
    /// Short name of the source (`table`, `oracle`, `supernet`).
    fn name(&self) -> &'static str;

    /// Evaluates a graph; `arch` is its text in the space.
    ///
    /// # Errors
    /// [`EvaluateError::NotInTable`] and [`EvaluateError::Child`] make the search draw another graph; anything else
    /// ends it.
    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError>;

    /// Evaluates a graph again; a random evaluation uses the seed of this repeat (from 1).
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    fn evaluate_repeat(&mut self, graph: &Graph, arch: &str, repeat: usize) -> Result<Evaluation, EvaluateError> {
        let _ = repeat;
        self.evaluate(graph, arch)
    }

    /// May evaluate upcoming graphs concurrently; the results are the same as without this call.
    ///
    /// # Errors
    /// [`EvaluateError::Stopped`], or no threads could be started. Errors of single architectures are returned when
    /// they are evaluated.
    fn prepare(&mut self, upcoming: &[Upcoming<'_>]) -> Result<(), EvaluateError> {
        let _ = upcoming;
        Ok(())
    }

    /// Duration of the last evaluation in seconds, if it differs from the duration of the call.
    fn seconds(&self) -> Option<f64> {
        None
    }

    /// Human-readable name of the reward ("12-epoch validation accuracy").
    fn reward_name(&self) -> &str {
        "reward"
    }

    /// Human-readable name of the test value.
    fn test_name(&self) -> &str {
        "test accuracy"
    }

    /// Whether evaluations are so slow that their start is reported.
    fn is_slow(&self) -> bool {
        false
    }

    /// Training seed of the architecture with this canonical key, if there is training.
    fn seed(&self, key: &str) -> Option<u64> {
        let _ = key;
        None
    }

    /// The network that the last evaluation trained, if any.
    fn trained(&self) -> Option<&Trainer> {
        None
    }

    /// Returns the state from earlier evaluations that later rewards depend on, as a text for
    /// [`Evaluator::restore_history`]; `None` if rewards depend on the architecture only.
    fn history_state(&self) -> Option<String> {
        None
    }

    /// Restores the state of [`Evaluator::history_state`].
    ///
    /// # Errors
    /// The reason why the text is invalid.
    fn restore_history(&mut self, history_state: &str) -> Result<(), String> {
        let _ = history_state;
        Ok(())
    }

    /// Number of architectures that the source can evaluate, if known.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// The best reward of the source, if known.
    fn optimum(&self) -> Option<f64> {
        None
    }
}
