//! The SuperNet: rewards of networks (children) with shared weights (docs/method.md section 4).
//!
//! With the schedule `alternating`, the shared weights take some steps in every round, each with one child. All rewards
//! of a round are accuracies on the same batch of held-out images, so that they are comparable; each round uses another
//! batch. With `two-stage`, the weights are trained before the search, and rewards are accuracies on all held-out
//! images.

mod config;

pub use config::{SharingSchedule, SuperNetConfig};

use super::{EvaluateError, Evaluation, Evaluator};
use crate::child::SharedModel;
use crate::convert::to_usize;
use crate::data::{Batch, Dataset, LastBatch, Loader, LoaderError, LoaderOptions, Order};
use crate::device::Device;
use crate::graph::Graph;
use crate::network::{Size, Task};
use crate::nn::Checkpoint;
use crate::space::{BuildError, Space};
use crate::train::{Parts, Score, Shared, Silent, TrainError, Watcher};
use std::sync::Arc;

/// A reward source with shared weights.
pub struct SuperNet {
    shared: Shared,
    train: Loader,
    held_out: Loader,
    steps: usize,
    schedule: SharingSchedule,
    /// The images for the rewards of this round; loaded at the first reward.
    images: Option<Batch>,
    watcher: Box<dyn Watcher>,
}

impl SuperNet {
    /// Creates randomly initialised shared weights for the networks of a space. `validation` is the fraction of the
    /// training images that rewards are measured on; batch sizes are reduced to the number of images.
    ///
    /// # Errors
    /// The networks of the space share no weights, there are too few images or none held out, or the shared model does
    /// not fit into device memory.
    pub fn new(
        space: &Arc<dyn Space>,
        data: &Dataset,
        config: &SuperNetConfig,
        validation: f64,
        seed: u64,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let SuperNetConfig { channels, cells, schedule, steps, plans, .. } = *config;
        let [images, held] = Parts::sizes(data, validation, seed)?;
        let (recipe, reward_batch) = (config.fitted_recipe(images), config.reward_batch.min(held));
        let Parts { train, validation, task, .. } = Parts::new(data, &recipe, validation, seed, seed)?;
        // Batch statistics require batches of equal size with images of all classes.
        let mixed = |options| LoaderOptions {
            batch: reward_batch,
            order: Order::Shuffled,
            last: LastBatch::Wrap,
            seed,
            ..options
        };
        let held_out = validation.ok_or(LoaderError::EmptyBatch)?.with(mixed)?;
        let shared =
            Shared::new(shared_model(space, task, Size { channels, cells }, schedule)?, recipe, seed, plans, device)?;
        let steps = if steps == 0 { train.batches() } else { steps };
        Ok(Self { shared, train, held_out, steps, schedule, images: None, watcher: Box::new(Silent) })
    }

    /// Sets the watcher of the training steps of the shared weights.
    #[must_use]
    pub fn with_watcher(mut self, watcher: impl Watcher + 'static) -> Self {
        self.watcher = Box::new(watcher);
        self
    }

    /// Number of training steps per round, each with one child.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The shared weights.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Starts a round: takes a training step with each child and advances to the next held-out images. Earlier rewards
    /// become outdated.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`].
    pub fn learn(&mut self, children: &[Graph]) -> Result<Score, EvaluateError> {
        let score = self.shared.train(children, &self.train, &mut *self.watcher).map_err(shared_error)?;
        self.images = None;
        Ok(score)
    }

    /// Returns the accuracy of a child in percent on the round's held-out images; with `two-stage`, on all held-out
    /// images.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`].
    pub fn reward(&mut self, child: &Graph) -> Result<f64, EvaluateError> {
        self.accuracy(child).map_err(shared_error)
    }

    fn accuracy(&mut self, child: &Graph) -> Result<f64, TrainError> {
        if self.schedule == SharingSchedule::TwoStage {
            return Ok(self.shared.evaluate(child, &self.held_out)?.accuracy);
        }
        let images = match &mut self.images {
            Some(images) => images,
            none => {
                let rounds = self.shared.place().step.div_ceil(self.steps.max(1) as u64);
                let turn = to_usize(rounds.saturating_sub(1)) % self.held_out.batches();
                none.insert(self.held_out.batch(0, turn)?)
            }
        };
        Ok(self.shared.evaluate_batch(child, images)?.accuracy)
    }

    /// Returns accuracy and loss of a child on all held-out images.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`].
    pub fn score(&mut self, child: &Graph) -> Result<Score, EvaluateError> {
        self.shared.evaluate(child, &self.held_out).map_err(shared_error)
    }

    /// Returns the state for [`SuperNet::restore`]; must be called between two rounds.
    ///
    /// # Errors
    /// The device fails.
    pub fn state(&self) -> Result<Checkpoint, TrainError> {
        self.shared.state()
    }

    /// Restores a state; the continued run gives the same bits as an uninterrupted run.
    ///
    /// # Errors
    /// The state is of another shared model, or the device fails.
    pub fn restore(&mut self, state: &Checkpoint) -> Result<(), TrainError> {
        self.images = None;
        self.shared.restore(state)
    }
}

/// Returns the shared model of a space.
///
/// # Errors
/// The networks of the space share no weights.
pub fn shared_model(
    space: &Arc<dyn Space>,
    task: Task,
    size: Size,
    schedule: SharingSchedule,
) -> Result<SharedModel, BuildError> {
    let space = match schedule {
        SharingSchedule::Alternating => {
            space.alternating().ok_or(BuildError::NoSharedWeights(space.name().to_owned()))?
        }
        SharingSchedule::TwoStage => Arc::clone(space),
    };
    Ok(SharedModel { space, task, size })
}

fn shared_error(error: TrainError) -> EvaluateError {
    EvaluateError::Shared(Box::new(error))
}

impl Evaluator for SuperNet {
    fn name(&self) -> &'static str {
        "supernet"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        let reward = self.accuracy(graph).map_err(|error| match error {
            TrainError::Child(_) => EvaluateError::Child { arch: arch.to_owned(), why: error.to_string() },
            other => shared_error(other),
        });
        Ok(Evaluation { reward: reward?, test: None })
    }

    fn reward_name(&self) -> &str {
        "validation accuracy with shared weights"
    }
}
