//! Reward sources: how good is this architecture? (docs/method.md section 4)

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
mod progress;
mod proxy;
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
pub use progress::Progress;
pub use proxy::ProxyConfig;
pub use sheet::{Column, Sheet};
pub use source::RewardSource;
pub use supernet::{SharingSchedule, SuperNet, SuperNetConfig, shared_model};
pub use table::{Table, TableEvaluator, TableFingerprint};

use crate::graph::Graph;
use crate::space::InvalidGraph;
use crate::train::Trainer;
use thiserror::Error;

/// What is known of an architecture after evaluating it; both figures in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Validation accuracy: what the search maximises.
    pub reward: f64,
    /// Test accuracy after full training, where the source knows it; the search never looks at it.
    pub test: Option<f64>,
}

/// Why an architecture got no reward.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// A partial table lacks the architecture: the search counts it as invalid and draws another.
    #[error("{arch} is not in the table")]
    NotInTable {
        /// The architecture that was looked up.
        arch: String,
    },
    /// The graph has no canonical form in the space.
    #[error("{arch} cannot be looked up: {source}")]
    Invalid {
        /// The architecture that was looked up.
        arch: String,
        /// What the space said.
        source: InvalidGraph,
    },
    /// The architecture could not be trained: its loss was no number, or no network can be built of it. The search goes
    /// on with others.
    #[error("{arch} got no reward: {why}")]
    Child {
        /// The architecture.
        arch: String,
        /// What happened to it.
        why: String,
    },
    /// Whoever watches wanted it to stop; nothing is known of the architecture.
    #[error("evaluating {arch} was stopped")]
    Stopped {
        /// The architecture under evaluation.
        arch: String,
    },
    /// The weights that all children share could not be trained; the search stops.
    #[error("training the shared weights failed: {0}")]
    Shared(Box<dyn std::error::Error + Send + Sync>),
    /// The source itself failed; the search stops.
    #[error("evaluating {arch} failed: {source}")]
    Failed {
        /// The architecture under evaluation.
        arch: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An evaluation that will be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Upcoming<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// Its text in the space.
    pub arch: &'a str,
    /// 0 for [`Evaluator::evaluate`], the repeat for [`Evaluator::evaluate_repeat`].
    pub repeat: usize,
}

/// A source of rewards.
pub trait Evaluator {
    /// Short name of the source (`table`, `oracle`, `supernet`).
    fn name(&self) -> &'static str;

    /// Evaluates one graph; `arch` is its text in the space.
    ///
    /// # Errors
    /// [`EvaluateError::NotInTable`] and [`EvaluateError::Child`] make the search draw another graph; anything else
    /// ends it.
    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError>;

    /// Evaluates a graph another time, with the seed of this repeat (from 1) where chance is in the evaluation.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    fn evaluate_repeat(&mut self, graph: &Graph, arch: &str, repeat: usize) -> Result<Evaluation, EvaluateError> {
        let _ = repeat;
        self.evaluate(graph, arch)
    }

    /// Evaluates at once, where it can, what it will be asked for next; what comes of it is the same.
    ///
    /// # Errors
    /// [`EvaluateError::Stopped`], or no threads to work with; what is wrong with an architecture comes when it is asked for.
    fn prepare(&mut self, coming: &[Upcoming<'_>]) -> Result<(), EvaluateError> {
        let _ = coming;
        Ok(())
    }

    /// How long the last evaluation took by itself, in seconds, where that is not the time from question to answer.
    fn seconds(&self) -> Option<f64> {
        None
    }

    /// What the reward measures, for people ("12-epoch validation accuracy").
    fn reward_name(&self) -> &str {
        "reward"
    }

    /// What the test figure measures, for people.
    fn test_name(&self) -> &str {
        "test accuracy"
    }

    /// Whether an evaluation takes so long that its beginning is worth a note.
    fn is_slow(&self) -> bool {
        false
    }

    /// The seed of the training of the architecture with this canonical key, where there is one.
    fn seed(&self, key: &str) -> Option<u64> {
        let _ = key;
        None
    }

    /// The network that the last evaluation trained, where it trained one.
    fn trained(&self) -> Option<&Trainer> {
        None
    }

    /// What later rewards depend on beside the architecture: a text for [`Evaluator::restore_history`], where there is anything.
    fn history_state(&self) -> Option<String> {
        None
    }

    /// Takes up what was remembered after an earlier evaluation.
    ///
    /// # Errors
    /// Why the text is not one that it wrote.
    fn restore_history(&mut self, memory: &str) -> Result<(), String> {
        let _ = memory;
        Ok(())
    }

    /// How many architectures the source can evaluate at all, where that is known.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// The best reward the source holds, where that is known.
    fn optimum(&self) -> Option<f64> {
        None
    }
}
