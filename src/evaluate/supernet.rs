//! The SuperNet: children inherit shared weights (docs/method.md section 4).
//!
//! Alternating, the shared weights take some steps in every round, each with one of the children they are given. Then every
//! reward of the round is the accuracy of a child on the same held-out images, another part of them each round: what children
//! have in common, easy images or hard, does not blur which is better. In two stages the weights are trained first, and every
//! reward is the accuracy on the same images, all that are held out.

use super::{EvaluateError, Evaluation, Evaluator};
use crate::child::SharedModel;
use crate::convert::to_usize;
use crate::data::{Batch, Dataset, Last, Loader, LoaderError, LoaderOptions, Order};
use crate::device::Device;
use crate::generator::State;
use crate::graph::Graph;
use crate::network::{Size, Task};
use crate::space::{BuildError, Space};
use crate::train::{Parts, Recipe, Score, Shared, Silent, TrainError, Watcher};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How shared weights are built and trained.
#[derive(Debug, Clone, PartialEq)]
pub struct SuperNetSettings {
    /// Channels of every layer, or of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages; ENAS networks have twelve layers.
    pub cells: usize,
    /// Whether weights are trained alternately with the generator or before the search.
    pub schedule: SharingSchedule,
    /// How the shared weights are trained; with the schedule that alternates, the search says when it is over, and its
    /// epochs only shape the learning rate.
    pub recipe: Recipe,
    /// Steps of a round; 0 for as many as an epoch has.
    pub steps: usize,
    /// Part of the training images that rewards are measured on, above 0.
    pub validation: f64,
    /// Held-out images of a round's rewards; with weights that are trained before the search, those of a batch, and rewards take all.
    pub reward_batch: usize,
    /// Plans of children that are kept, to learn and to look each.
    pub plans: usize,
    /// The run's seed; it fixes the held-out images, the first weights and the batches.
    pub seed: u64,
}

/// When shared weights are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharingSchedule {
    /// In every round, with children from where those of the round come (ENAS, Pham et al. 2018); the shared model is that of
    /// constant width ([`crate::space::enas::constant_width`]).
    #[default]
    Alternating,
    /// Before the search, with random children; then they stay as they are (Guo et al. 2020). Children are the networks that are
    /// trained alone.
    TwoStage,
}

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
    /// Fresh shared weights for the children of a space.
    ///
    /// # Errors
    /// A space whose networks share no weights, images that do not suit the settings, such as fewer than a batch or none held out, or a shared model that does not fit the device.
    pub fn new(
        space: &Arc<dyn Space>,
        data: &Dataset,
        settings: SuperNetSettings,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let SuperNetSettings { channels, cells, schedule, recipe, steps, validation, reward_batch, plans, seed } =
            settings;
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
        Ok(self.shared.look(child, images)?.accuracy)
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
    pub fn state(&self) -> Result<State, TrainError> {
        self.shared.state()
    }

    /// Goes on from such a state with the same bits as an unbroken run.
    ///
    /// # Errors
    /// The state of another shared model, or a failing device.
    pub fn restore(&mut self, state: &State) -> Result<(), TrainError> {
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
