//! Graph generators, which propose the next architectures to evaluate.
//!
//! A generator proposes graphs, receives the reward of every evaluation, and is trained on the replay set. The search
//! uses it only through the trait [`Generator`] (docs/method.md section 3, steps 1 and 4).

mod config;
mod drawn;
mod evolution;
mod file;
pub mod graphpnas;
mod in_order;
mod local_search;
pub mod lstm;
mod per_part;
mod random;
mod registry;
mod sampling;
mod target;

pub use config::{GeneratorConfig, PolicyUpdateConfig};
pub use drawn::Drawn;
pub use evolution::Evolution;
pub use file::{FileError, SavedFile};
pub use in_order::{InOrder, LISTED_EACH};
pub use local_search::{Improvement, LocalSearch};
pub use per_part::PerPart;
pub use random::Random;
pub(crate) use registry::graph_bytes;
pub use registry::{
    GENERATORS, GeneratorKind, GeneratorMemory, GeneratorSetup, Order, generator_kind, generator_names,
};
pub use sampling::SamplingPolicy;
pub use target::Target;

use crate::disk;
use crate::graph::Graph;
use crate::nn::{Checkpoint, ContentError};
use crate::shown::Show;
use crate::tape::TapeError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A proposed graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The graph.
    pub graph: Graph,
    /// Natural logarithm of the probability of this sample, if the generator knows it.
    pub log_probability: Option<f64>,
}

impl Proposal {
    /// Combines separately proposed parts into one architecture.
    fn disjoint_union(parts: &[Proposal]) -> Proposal {
        let graphs: Vec<Graph> = parts.iter().map(|part| part.graph.clone()).collect();
        let log_probability = parts.iter().map(|part| part.log_probability).sum();
        Proposal { graph: Graph::disjoint_union(&graphs), log_probability }
    }
}

impl From<Drawn> for Proposal {
    fn from(Drawn { graph, log_probability }: Drawn) -> Self {
        Self { graph, log_probability: Some(log_probability) }
    }
}

impl From<Graph> for Proposal {
    fn from(graph: Graph) -> Self {
        Self { graph, log_probability: None }
    }
}

/// A graph of the replay set with its training reward.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The evaluated graph.
    pub graph: Graph,
    /// Training reward from 0 to 1 (cdf rank or accuracy), before the baseline is subtracted.
    pub reward: f32,
}

/// Statistics of one update on the replay set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PolicyUpdate {
    /// Optimizer steps taken.
    pub steps: usize,
    /// Loss of the first step.
    pub first_loss: f32,
    /// Loss of the last step.
    pub last_loss: f32,
}

/// Invalid generator dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct DimensionsError(String);

/// Why a generator could not be built, sampled, trained or saved.
#[derive(Debug, Error)]
pub enum GeneratorError {
    /// The space or the kernels do not support these dimensions.
    #[error(transparent)]
    Dimensions(#[from] DimensionsError),
    /// The generator needs more memory than the device has.
    #[error("the generator does not fit into memory: {source}; lower {keys}")]
    Memory {
        /// The device error.
        source: TapeError,
        /// The configuration keys that reduce its size.
        keys: &'static str,
    },
    /// The weights could not be written.
    #[error("cannot write the generator to {}: {source}", path.shown())]
    Save {
        /// The output file.
        path: PathBuf,
        /// The system error.
        source: std::io::Error,
    },
    /// The loss is no longer finite.
    #[error("the generator's loss became {loss}; lower {key}")]
    Diverged {
        /// The loss.
        loss: f32,
        /// The configuration key of the learning rate.
        key: &'static str,
    },
    /// A state that does not match this generator, or cannot be stored.
    #[error("the saved state does not match the generator: {0}")]
    State(String),
    /// The device failed.
    #[error("the generator failed: {0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl From<ContentError> for GeneratorError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Store(error) => Self::Failed(Box::new(error)),
            error => Self::State(error.to_string()),
        }
    }
}

impl GeneratorError {
    /// Converts an error of building the generator; `keys` reduce its size.
    fn not_built(error: TapeError, keys: &'static str) -> Self {
        if error.is_out_of_memory() { Self::Memory { source: error, keys } } else { Self::Failed(Box::new(error)) }
    }
}

/// A distribution over graphs that can be sampled and, optionally, trained.
pub trait Generator {
    /// The generator's name, as in the configuration (`graphpnas`, `random`, ...).
    fn name(&self) -> &'static str;

    /// Draws `count` graphs, which may be invalid in the space or repeated. Generators with a learned distribution mix
    /// every decision with the uniform distribution; `epsilon`, from 0 to 1, is the uniform fraction.
    ///
    /// # Errors
    /// The device fails.
    fn propose(&mut self, count: usize, epsilon: f64, rng: &mut dyn rand::Rng)
    -> Result<Vec<Proposal>, GeneratorError>;

    /// Draws from the learned distribution without recording the graphs as proposed. Returns `None` if there is no
    /// learned distribution.
    ///
    /// # Errors
    /// The device fails.
    fn inspect(&mut self, count: usize, rng: &mut dyn rand::Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        let _ = (count, rng);
        Ok(None)
    }

    /// Draws graphs like [`Generator::propose`], but their rewards are not reported, as for the children that train
    /// shared weights. Does not affect later proposals.
    ///
    /// # Errors
    /// As [`Generator::propose`].
    fn sample_untracked(&mut self, count: usize, rng: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        self.propose(count, 0.0, rng)
    }

    /// Receives an evaluated graph and its reward, turned so that larger is better; with REINFORCE in percent. Called for
    /// every evaluation of the search in order, including graphs that the generator did not propose.
    fn tell(&mut self, graph: &Graph, reward: f64) {
        let _ = (graph, reward);
    }

    /// Trains on the replay set; `baseline` is subtracted from every reward.
    ///
    /// # Errors
    /// The device fails, or the loss is not finite.
    fn learn(
        &mut self,
        replay: &[Scored],
        baseline: f32,
        rng: &mut dyn rand::Rng,
    ) -> Result<PolicyUpdate, GeneratorError> {
        let _ = (replay, baseline, rng);
        Ok(PolicyUpdate::default())
    }

    /// Whether [`Generator::learn`] has an effect; otherwise the search skips updates.
    fn learns(&self) -> bool {
        false
    }

    /// Returns the mutable state that later proposals and updates depend on.
    ///
    /// # Errors
    /// The device fails.
    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        Ok(Checkpoint::default())
    }

    /// Restores the state of a generator that was built with the same settings.
    ///
    /// # Errors
    /// The state does not match, or the device fails.
    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        let _ = state;
        Ok(())
    }

    /// Returns the weights as a checkpoint; `None` if it has no weights.
    ///
    /// # Errors
    /// The device fails.
    fn weights(&self) -> Result<Option<Checkpoint>, GeneratorError> {
        Ok(None)
    }

    /// Writes the weights to `path`; returns `false` if it has no weights.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save(&self, path: &Path) -> Result<bool, GeneratorError> {
        let Some(weights) = self.weights()? else { return Ok(false) };
        let bytes = weights.to_bytes()?;
        disk::replace(path, &bytes).map_err(|source| GeneratorError::Save { path: path.into(), source })?;
        Ok(true)
    }
}
