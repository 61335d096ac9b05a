//! The trainer: epochs of steps, evaluations between them, and where in all that it is.

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

/// Somebody who watches a training.
pub trait Watcher: Send {
    /// A step was taken on so many images: its place in the epoch, both from 1, and the epoch's score so far.
    fn stepped(&mut self, epoch: usize, step: usize, images: usize, score: Score) {
        let _ = (epoch, step, images, score);
    }

    /// An epoch is over.
    fn finished(&mut self, record: &EpochRecord) {
        let _ = record;
    }

    /// Whether to stop now; asked after every step. The trainer can go on later.
    fn stop(&mut self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watcher for Silent {}

/// When a training ends, at the latest with its recipe's epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Until {
    /// After so many epochs in all.
    Epoch(usize),
    /// After so many steps in all.
    Step(u64),
    /// After so long, which a faster device makes more of: not covered by the seed.
    Time(Duration),
}

/// Where a training is, and what it has seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct TrainingProgress {
    /// Epochs done.
    pub epoch: usize,
    /// Steps done in this one.
    pub batch: usize,
    /// Steps done in all.
    pub step: u64,
    /// This epoch's sums.
    pub tally: Tally,
    /// The epochs done.
    pub history: Vec<EpochRecord>,
    /// Seconds spent in steps and evaluations.
    pub seconds: f64,
    /// Images learnt from.
    pub images: u64,
}

/// The training images that a training does not learn from: it goes on without them too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Their share of each class; 0 where all are learnt from. A data set with a validation part keeps all.
    pub share: f64,
    /// Decides which images these are.
    pub seed: u64,
}

/// A network in training.
#[derive(Debug)]
pub struct Trainer {
    pub(super) model: Model,
    pub(super) recipe: Recipe,
    pub(super) seed: u64,
    pub(super) store: Store,
    pub(super) place: TrainingProgress,
    pub(super) held_out: Option<HeldOut>,
    network: Network,
    device: Device,
    /// What is evaluated: the weights or their running means.
    shown: Weights,
    optimizer: Optimizer,
    learning: TrainStep,
    looking: Option<EvalStep>,
    /// What the last examination found.
    examined: Option<ClassResults>,
    /// Evaluate on the held-out images after every so many epochs.
    every: usize,
}

impl Trainer {
    /// A network with weights drawn by the seed.
    ///
    /// # Errors
    /// An architecture that is none of the space, or a network that does not fit the device.
    pub fn new(model: Model, recipe: Recipe, seed: u64, device: &Device) -> Result<Self, TrainError> {
        let network = model.network(recipe.drop_path)?;
        if matches!(device, Device::Cpu) {
            check_memory(Footprint::of(&network, &recipe)?.total(), "training the network").map_err(TapeError::from)?;
        }
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &network, seed)?;
        let means = recipe.average.map(|_| weights.means(&mut builder));
        // As the benchmarks do, everything that is learnt decays.
        let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
        let optimizer = Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
        let mut store = builder.build(device)?;
        for (mean, weight) in means.iter().flat_map(Weights::all).zip(weights.all()) {
            let numbers = store.read(weight)?;
            store.write(mean, &numbers)?;
        }
        let ground = PlanContext { store: &store, device, scratch: None };
        let learning = TrainStep::new(&network, &weights, means.as_ref(), &optimizer, &recipe, ground)?;
        let (shown, device) = (means.unwrap_or(weights), device.clone());
        Ok(Self {
            model,
            recipe,
            seed,
            store,
            place: TrainingProgress::default(),
            held_out: None,
            network,
            device,
            shown,
            optimizer,
            learning,
            looking: None,
            examined: None,
            every: 1,
        })
    }

    /// Keeps in checkpoints which training images are held out.
    #[must_use]
    pub fn holding_out(mut self, held_out: HeldOut) -> Self {
        self.held_out = Some(held_out);
        self
    }

    /// Evaluates on the held-out images after every so many epochs, and after the last one.
    #[must_use]
    pub fn evaluating_every(mut self, epochs: usize) -> Self {
        self.every = epochs.max(1);
        self
    }

    /// Makes the training one of so many epochs in all: the schedule of its learning rate is fitted to them as
    /// [`Recipe::with_epochs`] does. The same number as before changes nothing.
    ///
    /// # Errors
    /// [`TrainError::Shortened`] where more epochs have begun already.
    pub fn extend(&mut self, epochs: usize) -> Result<(), TrainError> {
        let done = self.place.epoch + usize::from(self.place.batch > 0);
        if epochs < done {
            return Err(TrainError::Shortened { done, asked: epochs });
        }
        if epochs != self.recipe.epochs {
            self.recipe = self.recipe.clone().with_epochs(epochs);
        }
        Ok(())
    }

    /// The learning rate of the next step.
    #[must_use]
    pub fn rate(&self, batches: usize) -> f64 {
        self.recipe.rate.at(self.place.epoch as f64 + self.place.batch as f64 / batches.max(1) as f64)
    }

    /// What is trained.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Its network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How it is trained.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The training's seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The epochs so far.
    #[must_use]
    pub fn history(&self) -> &[EpochRecord] {
        &self.place.history
    }

    /// Whether all epochs of the recipe are done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.place.epoch >= self.recipe.epochs
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.place.step
    }

    /// Seconds spent, in this and earlier runs.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.place.seconds
    }

    /// Images learnt from in a second.
    #[must_use]
    pub fn images_per_second(&self) -> f64 {
        self.place.images as f64 / self.place.seconds.max(1e-9)
    }

    /// Trains until the recipe's epochs are done, `until` is reached or the watcher says stop; goes on where it is.
    ///
    /// # Errors
    /// A loss that is no number, an image that cannot be read, a failing device.
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
            Until::Epoch(epochs) => self.place.epoch >= epochs,
            Until::Step(steps) => self.place.step >= steps,
            Until::Time(time) => start.elapsed() >= time,
        }
    }

    /// The rest of an epoch; true where it was cut short.
    fn epoch(
        &mut self,
        parts: &Parts,
        until: Until,
        start: Instant,
        watcher: &mut dyn Watcher,
    ) -> Result<bool, TrainError> {
        let batches = parts.train.batches();
        // Waiting for images counts.
        let mut begun = Instant::now();
        for batch in parts.train.epoch_from(self.place.epoch as u64, self.place.batch)? {
            let batch = batch?;
            let (seed, now) = (dropout_seed(self.seed, self.place.step), self.now(batches));
            let seen = self.learning.step(&mut self.store, &batch, seed, now)?;
            self.place.step += 1;
            self.place.batch += 1;
            self.place.images += batch.len() as u64;
            self.place.tally.add(&seen.losses, &seen.hits, batch.len());
            self.place.seconds += begun.elapsed().as_secs_f64();
            begun = Instant::now();
            let (epoch, step) = (self.place.epoch + 1, self.place.batch);
            if let Some(loss) = seen.losses.iter().find(|loss| !loss.is_finite()) {
                return Err(TrainError::Diverged { loss: *loss, epoch, step });
            }
            watcher.stepped(epoch, step, batch.len(), self.place.tally.score());
            let over = step == batches;
            if !over && (watcher.stop() || (!matches!(until, Until::Epoch(_)) && self.reached(until, start))) {
                return Ok(true);
            }
        }
        self.close_epoch(parts, batches, watcher)?;
        Ok(watcher.stop())
    }

    fn close_epoch(&mut self, parts: &Parts, batches: usize, watcher: &mut dyn Watcher) -> Result<(), TrainError> {
        let epoch = self.place.epoch + 1;
        let looked_at = epoch.is_multiple_of(self.every) || epoch == self.recipe.epochs;
        let validation = match &parts.validation {
            Some(loader) if looked_at => Some(self.evaluate(loader)?),
            _ => None,
        };
        let last = (batches.saturating_sub(1)) as f64 / batches.max(1) as f64;
        let rate = self.recipe.rate.at(self.place.epoch as f64 + last);
        let record = EpochRecord { epoch, rate, train: self.place.tally.score(), validation };
        watcher.finished(&record);
        self.place.history.push(record);
        (self.place.epoch, self.place.batch, self.place.tally) = (epoch, 0, Tally::default());
        Ok(())
    }

    /// Accuracy and loss on all images of a loader.
    ///
    /// # Errors
    /// An image that cannot be read, a network that does not fit the device, or a failing device.
    pub fn evaluate(&mut self, loader: &Loader) -> Result<Score, TrainError> {
        self.evaluate_batch(loader, None)
    }

    /// The same class by class; kept until the next one ([`Trainer::examined`]).
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

    /// What the last examination found, if there was one.
    #[must_use]
    pub fn examined(&self) -> Option<&ClassResults> {
        self.examined.as_ref()
    }

    fn evaluate_batch(&mut self, loader: &Loader, mut pairs: Option<&mut Pairs>) -> Result<Score, TrainError> {
        let begun = Instant::now();
        let mut tally = Tally::default();
        for batch in loader.epoch(0)? {
            let batch = batch?;
            if self.looking.as_ref().is_none_or(|plan| plan.batch() < batch.len()) {
                let ground = PlanContext { store: &self.store, device: &self.device, scratch: None };
                let how = (Mode::Inference, self.recipe.smoothing);
                let plan = EvalStep::new(&self.network, &self.shown, batch.len(), how, ground)?;
                self.looking = Some(plan);
            }
            if let Some(plan) = &mut self.looking {
                let seen = plan.evaluate_batch(&mut self.store, &batch)?;
                tally.add(&seen.losses, &seen.hits, batch.len());
                if let Some(pairs) = &mut pairs {
                    pairs.add(batch.labels(), &seen.hits, &plan.logits()?, self.network.classes);
                }
            }
        }
        self.place.seconds += begun.elapsed().as_secs_f64();
        let score = tally.score();
        // Its accuracy would mean nothing, and no checkpoint can hold its loss.
        if score.loss.is_finite() { Ok(score) } else { Err(TrainError::NoNumber) }
    }

    /// The optimizer's numbers of the next step.
    fn now(&self, batches: usize) -> [f32; 2] {
        self.optimizer.now(self.place.step + 1, self.rate(batches))
    }
}
