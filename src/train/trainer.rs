//! The trainer: epochs of training steps, with evaluations between them.

use super::classes::{ClassResults, Pairs};
use super::error::TrainError;
use super::footprint::Footprint;
use super::model::Model;
use super::parts::Parts;
use super::plans::{EvalStep, PlanContext, TrainStep, dropout_seed};
use super::recipe::Recipe;
use super::score::{EpochRecord, Score, Tally};
use crate::child::{Mode, Weights};
use crate::data::Loader;
use crate::device::{Device, check_memory};
use crate::network::Network;
use crate::nn::Optimizer;
use crate::tape::{Store, StoreBuilder, TapeError};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Receives the progress of a training.
pub trait Watcher: Send {
    /// Called after every step with epoch and step, both from 1, the batch size, and the epoch's score so far.
    fn step_finished(&mut self, epoch: usize, step: usize, images: usize, score: Score) {
        let _ = (epoch, step, images, score);
    }

    /// Called after every epoch.
    fn epoch_finished(&mut self, record: &EpochRecord) {
        let _ = record;
    }

    /// Returns whether to stop; called after every step. The training can be resumed later.
    fn stop(&mut self) -> bool {
        false
    }
}

/// Ignores all events of trainings and, as an observer, of searches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watcher for Silent {}

/// The end of a training; it ends at the latest with its recipe's epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Until {
    /// After this total number of epochs.
    Epoch(usize),
    /// After this total number of steps.
    Step(u64),
    /// After this time. The number of steps depends on the device's speed, so the seed does not make the result
    /// reproducible.
    Time(Duration),
}

/// The progress of a training.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct TrainingProgress {
    /// Completed epochs.
    pub epoch: usize,
    /// Completed steps of the current epoch.
    pub batch: usize,
    /// Completed steps in total.
    pub step: u64,
    /// The sums of the current epoch.
    pub tally: Tally,
    /// The records of the completed epochs.
    pub history: Vec<EpochRecord>,
    /// Seconds spent in steps and evaluations.
    pub seconds: f64,
    /// Images of all training steps.
    pub images: u64,
}

/// The held-out training images; a resumed training holds out the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Their fraction of each class; 0 for none. Ignored if the data set has a validation part.
    #[serde(rename = "share")]
    pub fraction: f64,
    /// The seed that selects the images.
    pub seed: u64,
}

/// A network in training.
///
/// ```
/// use graphpnas::data::Dataset;
/// use graphpnas::device::Device;
/// use graphpnas::network::Task;
/// use graphpnas::train::{Model, Parts, Silent, Trainer, Until, recipe};
///
/// let cell = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|";
/// let mut recipe = recipe("quick").unwrap().with_epochs(1);
/// recipe.batch = 20;
/// let parts = Parts::new(&Dataset::procedural(0, 40, 20), &recipe, 0.0, 1, 1)?;
/// let model = Model { channels: 4, cells: 1, ..Model::new("nasbench201", cell, Task::CIFAR10)? };
/// let mut trainer = Trainer::new(model, recipe, 1, &Device::Cpu)?;
/// trainer.run(&parts, Until::Step(1), &mut Silent)?;
/// assert!((0.0..=100.0).contains(&trainer.evaluate(&parts.test)?.accuracy));
/// # Ok::<(), graphpnas::train::TrainError>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    pub(super) model: Model,
    pub(super) recipe: Recipe,
    pub(super) seed: u64,
    pub(super) store: Store,
    pub(super) progress: TrainingProgress,
    pub(super) held_out: Option<HeldOut>,
    network: Network,
    device: Device,
    /// The evaluated weights: the weights or their running means.
    evaluated: Weights,
    optimizer: Optimizer,
    training: TrainStep,
    evaluation: Option<EvalStep>,
    /// The result of the last evaluation per class.
    examined: Option<ClassResults>,
    /// The number of epochs between evaluations on the held-out images.
    every: usize,
}

impl Trainer {
    /// Returns a trainer of a network with weights drawn from the seed.
    ///
    /// # Errors
    /// An invalid architecture, or a network that does not fit into the device's memory.
    pub fn new(model: Model, recipe: Recipe, seed: u64, device: &Device) -> Result<Self, TrainError> {
        let network = model.network(recipe.drop_path)?;
        if matches!(device, Device::Cpu) {
            check_memory(Footprint::of(&network, &recipe)?.total(), "training the network").map_err(TapeError::from)?;
        }
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &network, seed)?;
        let means = recipe.average.map(|_| weights.means(&mut builder));
        // As in the benchmarks, weight decay applies to all parameters.
        let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
        let optimizer = Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
        let mut store = builder.build(device)?;
        for (mean, weight) in means.iter().flat_map(Weights::all).zip(weights.all()) {
            let numbers = store.read(weight)?;
            store.write(mean, &numbers)?;
        }
        let context = PlanContext { store: &store, device, scratch: None };
        let training = TrainStep::new(&network, &weights, means.as_ref(), &optimizer, &recipe, context)?;
        let (evaluated, device) = (means.unwrap_or(weights), device.clone());
        Ok(Self {
            model,
            recipe,
            seed,
            store,
            progress: TrainingProgress::default(),
            held_out: None,
            network,
            device,
            evaluated,
            optimizer,
            training,
            evaluation: None,
            examined: None,
            every: 1,
        })
    }

    /// Sets the held-out training images, which checkpoints record.
    #[must_use]
    pub fn holding_out(mut self, held_out: HeldOut) -> Self {
        self.held_out = Some(held_out);
        self
    }

    /// Sets the number of epochs between evaluations on the held-out images; the last epoch is always evaluated.
    #[must_use]
    pub fn evaluating_every(mut self, epochs: usize) -> Self {
        self.every = epochs.max(1);
        self
    }

    /// Sets the total number of epochs and adapts the learning rate schedule ([`Recipe::with_epochs`]). The current
    /// number changes nothing.
    ///
    /// # Errors
    /// [`TrainError::TooFewEpochs`] if more epochs have already begun.
    pub fn extend(&mut self, epochs: usize) -> Result<(), TrainError> {
        let done = self.progress.epoch + usize::from(self.progress.batch > 0);
        if epochs < done {
            return Err(TrainError::TooFewEpochs { done, asked: epochs });
        }
        if epochs != self.recipe.epochs {
            self.recipe = self.recipe.clone().with_epochs(epochs);
        }
        Ok(())
    }

    /// Returns the learning rate of the next step.
    #[must_use]
    pub fn rate(&self, batches: usize) -> f64 {
        self.recipe.rate.at(self.progress.epoch as f64 + self.progress.batch as f64 / batches.max(1) as f64)
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the recipe.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Returns the seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the records of the completed epochs.
    #[must_use]
    pub fn history(&self) -> &[EpochRecord] {
        &self.progress.history
    }

    /// Returns whether all epochs of the recipe are completed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.progress.epoch >= self.recipe.epochs
    }

    /// Returns the number of completed steps.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.progress.step
    }

    /// Returns the seconds spent, including earlier sessions of a resumed training.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.progress.seconds
    }

    /// Returns the training images per second.
    #[must_use]
    pub fn images_per_second(&self) -> f64 {
        self.progress.images as f64 / self.progress.seconds.max(1e-9)
    }

    /// Trains from the current step until the recipe's epochs are completed, `until` is reached or the watcher stops
    /// it.
    ///
    /// # Errors
    /// A loss that is not finite, an image that cannot be read, or a failing device.
    pub fn run(&mut self, parts: &Parts, until: Until, watcher: &mut dyn Watcher) -> Result<(), TrainError> {
        let start = Instant::now();
        while !self.is_done() && !self.reached(until, start) {
            let stopped = self.epoch(parts, until, start, watcher)?;
            if stopped {
                break;
            }
        }
        Ok(())
    }

    fn reached(&self, until: Until, start: Instant) -> bool {
        match until {
            Until::Epoch(epochs) => self.progress.epoch >= epochs,
            Until::Step(steps) => self.progress.step >= steps,
            Until::Time(time) => start.elapsed() >= time,
        }
    }

    /// Trains the rest of an epoch; returns true if the training should stop.
    fn epoch(
        &mut self,
        parts: &Parts,
        until: Until,
        start: Instant,
        watcher: &mut dyn Watcher,
    ) -> Result<bool, TrainError> {
        let batches = parts.train.batches();
        // The time includes waiting for images.
        let mut begun = Instant::now();
        for batch in parts.train.epoch_from(self.progress.epoch as u64, self.progress.batch)? {
            let batch = batch?;
            let (seed, now) = (dropout_seed(self.seed, self.progress.step), self.now(batches));
            let results = self.training.step(&mut self.store, &batch, seed, now)?;
            self.progress.step += 1;
            self.progress.batch += 1;
            self.progress.images += batch.len() as u64;
            self.progress.tally.add(&results.losses, &results.hits, batch.len());
            self.progress.seconds += begun.elapsed().as_secs_f64();
            begun = Instant::now();
            let (epoch, step) = (self.progress.epoch + 1, self.progress.batch);
            if let Some(loss) = results.losses.iter().find(|loss| !loss.is_finite()) {
                return Err(TrainError::Diverged { loss: *loss, epoch, step });
            }
            watcher.step_finished(epoch, step, batch.len(), self.progress.tally.score());
            let over = step == batches;
            if !over && (watcher.stop() || (!matches!(until, Until::Epoch(_)) && self.reached(until, start))) {
                return Ok(true);
            }
        }
        self.close_epoch(parts, batches, watcher)?;
        Ok(watcher.stop())
    }

    fn close_epoch(&mut self, parts: &Parts, batches: usize, watcher: &mut dyn Watcher) -> Result<(), TrainError> {
        let epoch = self.progress.epoch + 1;
        let evaluated = epoch.is_multiple_of(self.every) || epoch == self.recipe.epochs;
        let validation = match &parts.validation {
            Some(loader) if evaluated => Some(self.evaluate(loader)?),
            _ => None,
        };
        let last = (batches.saturating_sub(1)) as f64 / batches.max(1) as f64;
        let rate = self.recipe.rate.at(self.progress.epoch as f64 + last);
        let record = EpochRecord { epoch, rate, train: self.progress.tally.score(), validation };
        watcher.epoch_finished(&record);
        self.progress.history.push(record);
        (self.progress.epoch, self.progress.batch, self.progress.tally) = (epoch, 0, Tally::default());
        Ok(())
    }

    /// Returns accuracy and loss on all images of a loader.
    ///
    /// # Errors
    /// An image that cannot be read, a network that does not fit into the device's memory, or a failing device.
    pub fn evaluate(&mut self, loader: &Loader) -> Result<Score, TrainError> {
        self.evaluate_batch(loader, None)
    }

    /// Returns the results per class and stores them until the next call ([`Trainer::examined`]).
    ///
    /// # Errors
    /// As [`Trainer::evaluate`].
    pub fn evaluate_per_class(&mut self, loader: &Loader) -> Result<&ClassResults, TrainError> {
        let mut pairs = Pairs::default();
        let score = self.evaluate_batch(loader, Some(&mut pairs))?;
        let names = match &self.model.data {
            Some(data) => data.classes.as_slice(),
            None => loader.classes(),
        };
        Ok(self.examined.insert(pairs.results(&self.model.arch, score, names)))
    }

    /// Returns the result of the last [`Trainer::evaluate_per_class`], if any.
    #[must_use]
    pub fn examined(&self) -> Option<&ClassResults> {
        self.examined.as_ref()
    }

    fn evaluate_batch(&mut self, loader: &Loader, mut pairs: Option<&mut Pairs>) -> Result<Score, TrainError> {
        let begun = Instant::now();
        let mut tally = Tally::default();
        for batch in loader.epoch(0)? {
            let batch = batch?;
            if self.evaluation.as_ref().is_none_or(|plan| plan.batch() < batch.len()) {
                let context = PlanContext { store: &self.store, device: &self.device, scratch: None };
                let how = (Mode::Inference, self.recipe.smoothing);
                let plan = EvalStep::new(&self.network, &self.evaluated, batch.len(), how, context)?;
                self.evaluation = Some(plan);
            }
            if let Some(plan) = &mut self.evaluation {
                let results = plan.evaluate_batch(&mut self.store, &batch)?;
                tally.add(&results.losses, &results.hits, batch.len());
                if let Some(pairs) = &mut pairs {
                    pairs.add(batch.labels(), &results.hits, &plan.logits()?, self.network.classes);
                }
            }
        }
        self.progress.seconds += begun.elapsed().as_secs_f64();
        let score = tally.score();
        // The accuracy would be meaningless, and JSON in checkpoints cannot represent the loss.
        if score.loss.is_finite() { Ok(score) } else { Err(TrainError::NotFinite) }
    }

    /// Returns the optimizer's values for the next step.
    fn now(&self, batches: usize) -> [f32; 2] {
        self.optimizer.now(self.progress.step + 1, self.rate(batches))
    }
}
