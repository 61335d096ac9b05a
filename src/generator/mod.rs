//! Graph generators: what proposes the next architectures to evaluate.
//!
//! A generator is asked for graphs, receives the reward of every evaluation and is trained on the replay set; the search knows no
//! more of it than this trait (docs/method.md section 3, steps 1 and 4).

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

pub use config::{GeneratorConfig, TrainConfig};
pub use drawn::Drawn;
pub use evolution::Evolution;
pub use file::{FileError, SavedFile};
pub use in_order::{InOrder, LISTED_EACH};
pub use local_search::{Improvement, LocalSearch};
pub use per_part::PerPart;
pub use random::Random;
pub use registry::{GENERATORS, GeneratorKind, GeneratorMemory, Order, Setup, generator_kind, generator_names};
pub use sampling::SamplingPolicy;

use crate::disk;
use crate::graph::Graph;
use crate::nn::{Checkpoint, ContentError};
use crate::shown::Show;
use crate::tape::TapeError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A graph that a generator proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The graph.
    pub graph: Graph,
    /// Natural logarithm of the probability with which exactly this was drawn, where the generator knows it.
    pub log_probability: Option<f64>,
}

impl Proposal {
    /// The architecture whose parts were proposed one by one.
    fn side_by_side(parts: &[Proposal]) -> Proposal {
        let graphs: Vec<Graph> = parts.iter().map(|part| part.graph.clone()).collect();
        let log_probability = parts.iter().map(|part| part.log_probability).sum();
        Proposal { graph: Graph::side_by_side(&graphs), log_probability }
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

/// A graph of the replay set with the reward it is trained with.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The evaluated graph.
    pub graph: Graph,
    /// Training reward in its final form, 0 to 1 (cdf rank or accuracy); the baseline is not yet subtracted.
    pub reward: f32,
}

/// What one update on the replay set did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PolicyUpdate {
    /// Optimizer steps taken.
    pub steps: usize,
    /// Loss of the first step.
    pub first_loss: f32,
    /// Loss of the last step.
    pub last_loss: f32,
}

/// Dimensions that no generator can have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct DimensionsError(String);

/// Why a generator could not be built, propose, learn or be saved.
#[derive(Debug, Error)]
pub enum GeneratorError {
    /// Dimensions that the space or the kernels do not allow.
    #[error(transparent)]
    Dimensions(#[from] DimensionsError),
    /// More memory than the device has.
    #[error("the generator does not fit: {source}; lower {keys}")]
    Memory {
        /// What the device said.
        source: TapeError,
        /// The configuration keys that make it smaller.
        keys: &'static str,
    },
    /// The weights could not be written.
    #[error("cannot write the generator to {}: {source}", path.shown())]
    Save {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The loss is no longer a number.
    #[error("the generator's loss became {loss}: lower {key}")]
    Diverged {
        /// What it became.
        loss: f32,
        /// The configuration key of the learning rate.
        key: &'static str,
    },
    /// A state that is none of this generator, or cannot be kept.
    #[error("the generator's state does not fit: {0}")]
    State(String),
    /// The device under the generator failed.
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
    /// A generator that the device refused; `keys` make it smaller.
    fn not_built(error: TapeError, keys: &'static str) -> Self {
        if error.is_out_of_memory() { Self::Memory { source: error, keys } } else { Self::Failed(Box::new(error)) }
    }
}

/// A distribution over graphs that can be sampled and, perhaps, trained.
pub trait Generator {
    /// The generator's name, as in the configuration (`graphpnas`, `random`, ...).
    fn name(&self) -> &'static str;

    /// Draws `count` graphs; they may be invalid in the space or repeat each other. Generators that learn a distribution
    /// draw the part `epsilon`, from 0 to 1, of every decision uniformly.
    ///
    /// # Errors
    /// When the device under the generator fails.
    fn propose(&mut self, count: usize, epsilon: f64, rng: &mut dyn rand::Rng)
    -> Result<Vec<Proposal>, GeneratorError>;

    /// Draws from the learned distribution only to look at it: nothing is remembered as proposed. `None` where no
    /// distribution is learned.
    ///
    /// # Errors
    /// When the device under the generator fails.
    fn inspect(&mut self, count: usize, rng: &mut dyn rand::Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        let _ = (count, rng);
        Ok(None)
    }

    /// Draws graphs as it would propose them, whose rewards it is not told, such as the children that shared weights are
    /// trained with; later proposals are not poorer for it.
    ///
    /// # Errors
    /// As [`Generator::propose`].
    fn sample_untracked(&mut self, count: usize, rng: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        self.propose(count, 0.0, rng)
    }

    /// Receives an evaluated graph and its reward in percent: of every one of the search in order, whoever proposed it.
    fn tell(&mut self, graph: &Graph, reward: f64) {
        let _ = (graph, reward);
    }

    /// Learns from the replay set; `baseline` is subtracted from every reward.
    ///
    /// # Errors
    /// When the device under the generator fails.
    fn learn(
        &mut self,
        replay: &[Scored],
        baseline: f32,
        rng: &mut dyn rand::Rng,
    ) -> Result<PolicyUpdate, GeneratorError> {
        let _ = (replay, baseline, rng);
        Ok(PolicyUpdate::default())
    }

    /// Whether [`Generator::learn`] changes anything; the search skips the updates of one that does not.
    fn learns(&self) -> bool {
        false
    }

    /// Everything its next proposals and updates depend on, beside what it was built from.
    ///
    /// # Errors
    /// When the device under the generator fails.
    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        Ok(Checkpoint::default())
    }

    /// Takes up a state that a generator built alike gave.
    ///
    /// # Errors
    /// A state that does not fit, or a failing device.
    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        let _ = state;
        Ok(())
    }

    /// Its weights as a checkpoint; `None` where it has none.
    ///
    /// # Errors
    /// When the device under the generator fails.
    fn weights(&self) -> Result<Option<Checkpoint>, GeneratorError> {
        Ok(None)
    }

    /// Writes the weights to `path`; `false` when there is nothing to save.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn save(&self, path: &Path) -> Result<bool, GeneratorError> {
        let Some(weights) = self.weights()? else { return Ok(false) };
        let bytes = weights.to_bytes()?;
        disk::replace(path, &bytes).map_err(|source| GeneratorError::Save { path: path.into(), source })?;
        Ok(true)
    }
}
