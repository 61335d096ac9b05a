//! The SuperNet: children inherit shared weights (docs/method.md section 4).
//!
//! Alternating, the shared weights take some steps in every round, each with one of the children they are given. Then every
//! reward of the round is the accuracy of a child on the same held-out images, another part of them each round: what children
//! have in common, easy images or hard, does not blur which is better. In two stages the weights are trained first, and every
//! reward is the accuracy on the same images, all that are held out.

mod config;

pub use config::{SharingSchedule, SuperNetConfig};

use super::{EvaluateError, Evaluation, Evaluator};
use crate::child::SharedModel;
use crate::convert::to_usize;
use crate::data::{Batch, Dataset, Last, Loader, LoaderError, LoaderOptions, Order};
use crate::device::Device;
use crate::graph::Graph;
use crate::network::{Size, Task};
use crate::nn::Checkpoint;
use crate::space::{BuildError, Space};
use crate::train::{Parts, Score, Shared, Silent, TrainError, Watcher};
use std::sync::Arc;

/// A reward source whose children share their weights.
pub struct SuperNet {
    shared: Shared,
    train: Loader,
    held_out: Loader,
    steps: usize,
    schedule: SharingSchedule,
    /// The images of this round's rewards, once there was one.
    images: Option<Batch>,
    watcher: Box<dyn Watcher>,
}

impl SuperNet {
    /// Randomly initialised shared weights for the networks of a space. `validation` is the fraction of the training images that
    /// rewards are measured on; batches larger than the data set are lowered.
    ///
    /// # Errors
    /// A space whose networks share no weights, images that do not suit the settings, such as fewer than a batch or none held out, or a shared model that does not fit the device.
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
        // Batch statistics want batches of one size, with images of all classes.
        let mixed =
            |options| LoaderOptions { batch: reward_batch, order: Order::Shuffled, last: Last::Wrap, seed, ..options };
        let held_out = validation.ok_or(LoaderError::EmptyBatch)?.with(mixed)?;
        let shared =
            Shared::new(shared_model(space, task, Size { channels, cells }, schedule)?, recipe, seed, plans, device)?;
        let steps = if steps == 0 { train.batches() } else { steps };
        Ok(Self { shared, train, held_out, steps, schedule, images: None, watcher: Box::new(Silent) })
    }

    /// Tells every step of the shared weights.
    #[must_use]
    pub fn watched_by(mut self, watcher: impl Watcher + 'static) -> Self {
        self.watcher = Box::new(watcher);
        self
    }

    /// Steps of a round, and so children that it wants.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The shared weights.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Begins a round: takes a step with each child and turns to the next held-out images. Earlier rewards are old then.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`].
    pub fn learn(&mut self, children: &[Graph]) -> Result<Score, EvaluateError> {
        let score = self.shared.train(children, &self.train, &mut *self.watcher).map_err(of_shared)?;
        self.images = None;
        Ok(score)
    }

    /// The accuracy of a child on the round's held-out images, in percent; on all of them where weights were trained before.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`].
    pub fn reward(&mut self, child: &Graph) -> Result<f64, EvaluateError> {
        self.accuracy(child).map_err(of_shared)
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

    /// Accuracy and loss of a child on all held-out images.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`].
    pub fn score(&mut self, child: &Graph) -> Result<Score, EvaluateError> {
        self.shared.evaluate(child, &self.held_out).map_err(of_shared)
    }

    /// All that [`SuperNet::restore`] needs to go on, between two rounds.
    ///
    /// # Errors
    /// A failing device.
    pub fn state(&self) -> Result<Checkpoint, TrainError> {
        self.shared.state()
    }

    /// Goes on from such a state with the same bits as an unbroken run.
    ///
    /// # Errors
    /// The state of another shared model, or a failing device.
    pub fn restore(&mut self, state: &Checkpoint) -> Result<(), TrainError> {
        self.images = None;
        self.shared.restore(state)
    }
}

/// What the children of a space share.
///
/// # Errors
/// A space whose networks share no weights.
pub fn shared_model(
    space: &Arc<dyn Space>,
    task: Task,
    size: Size,
    schedule: SharingSchedule,
) -> Result<SharedModel, BuildError> {
    match schedule {
        SharingSchedule::Alternating => {
            let model = space.constant_width().ok_or(BuildError::SharesNothing(space.name()))?;
            Ok(SharedModel::ConstantWidth(model, task, Size { cells: space.limits().max_nodes, ..size }))
        }
        SharingSchedule::TwoStage => Ok(SharedModel::OfSpace(Arc::clone(space), task, size)),
    }
}

fn of_shared(error: TrainError) -> EvaluateError {
    EvaluateError::Shared(Box::new(error))
}

impl Evaluator for SuperNet {
    fn name(&self) -> &'static str {
        "supernet"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        let reward = self.accuracy(graph).map_err(|error| match error {
            TrainError::Child(_) => EvaluateError::Child { arch: arch.to_owned(), why: error.to_string() },
            other => of_shared(other),
        });
        Ok(Evaluation { reward: reward?, test: None })
    }

    fn reward_name(&self) -> &str {
        "validation accuracy with shared weights"
    }
}
