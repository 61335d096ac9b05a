//! Weights that all children of a space share, and their training (docs/method.md sections 4 and 5).
//!
//! One store holds the shared model with the optimizer's state. A child is a plan over its slots: it reads and changes the
//! weights of its path where they are, and of the others neither weight nor momentum moves, as in PyTorch where a gradient is
//! none. All plans compute in the same scratch memory.

use super::error::TrainError;
use super::plans::{EvalStep, PlanContext, Seen, TrainStep, dropout_seed};
use super::recent::Recent;
use super::recipe::Recipe;
use super::score::{Score, Tally};
use super::trainer::Watcher;
use crate::child::{Mode, SharedModel, Weights};
use crate::data::{Batch, Loader};
use crate::device::Device;
use crate::graph::Graph;
use crate::network::Network;
use crate::nn::{Checkpoint, Optimizer};
use crate::tape::{Scratch, Store, StoreBuilder};
use serde::{Deserialize, Serialize};

/// Where the training of shared weights is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedProgress {
    /// Epochs done.
    pub epoch: usize,
    /// Steps done in this one.
    pub batch: usize,
    /// Steps done in all.
    pub step: u64,
}

/// What a state holds beside the tensors.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    recipe: Recipe,
    seed: u64,
    place: SharedProgress,
}

/// Shared weights in training.
#[derive(Debug)]
pub struct Shared {
    model: SharedModel,
    recipe: Recipe,
    seed: u64,
    device: Device,
    store: Store,
    optimizer: Optimizer,
    place: SharedProgress,
    scratch: Scratch,
    learning: Recent<Graph, TrainStep>,
    /// By child and images of a batch.
    looking: Recent<(Graph, usize), EvalStep>,
}

impl Shared {
    /// The weights of a model, drawn by the seed. Of each kind, learning and looking, at most `plans` plans are kept. Running means of the weights (`recipe.average`) there are none: children inherit the weights.
    ///
    /// # Errors
    /// A size that no network has, or a device without room.
    pub fn new(
        model: SharedModel,
        recipe: Recipe,
        seed: u64,
        plans: usize,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &model.whole()?, seed)?;
        let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
        let optimizer = Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
        let store = builder.build(device)?;
        let (place, scratch, device) = (SharedProgress::default(), Scratch::default(), device.clone());
        let (learning, looking) = (Recent::new(plans), Recent::new(plans));
        Ok(Self { model, recipe, seed, device, store, optimizer, place, scratch, learning, looking })
    }

    /// The shared weights and the optimizer's state.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where the training is.
    #[must_use]
    pub fn place(&self) -> SharedProgress {
        self.place
    }

    /// How many plans are kept, to learn and to look.
    #[must_use]
    pub fn plans(&self) -> [usize; 2] {
        [self.learning.len(), self.looking.len()]
    }

    /// Whether a child has a network in this width.
    ///
    /// # Errors
    /// What is in the way, such as more vertices than channels.
    pub fn check(&self, child: &Graph) -> Result<(), TrainError> {
        Ok(self.model.child(child).map(|_| ())?)
    }

    /// Takes a step with each of the children in turn, on the loader's next batches, and returns their score while the
    /// weights changed. Only the weights of a child's path are touched by its step.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] where the loss is no number, after which the weights are of no use; a graph that is not of
    /// the space, an image that cannot be read, a network that does not fit the device.
    pub fn train(
        &mut self,
        children: &[Graph],
        loader: &Loader,
        watcher: &mut dyn Watcher,
    ) -> Result<Score, TrainError> {
        let mut tally = Tally::default();
        let mut children = children.iter();
        while children.len() > 0 {
            for batch in loader.epoch_from(self.place.epoch as u64, self.place.batch)? {
                let Some(child) = children.next() else { break };
                let batch = batch?;
                let seen = self.step(child, &batch, loader.batches())?;
                tally.add(&seen.losses, &seen.hits, batch.len());
                let SharedProgress { epoch, batch: done, .. } = self.place;
                if let Some(loss) = seen.losses.iter().find(|loss| !loss.is_finite()) {
                    return Err(TrainError::Diverged { loss: *loss, epoch: epoch + 1, step: done });
                }
                watcher.stepped(epoch + 1, done, batch.len(), tally.score());
            }
            if self.place.batch >= loader.batches() {
                (self.place.epoch, self.place.batch) = (self.place.epoch + 1, 0);
            }
        }
        Ok(tally.score())
    }

    fn step(&mut self, child: &Graph, batch: &Batch, batches: usize) -> Result<Seen, TrainError> {
        let Self { model, recipe, store, optimizer, scratch, device, place, .. } = self;
        let plan = self.learning.get(child.clone(), || {
            let (network, weights) = inherited(child, model, store)?;
            let ground = PlanContext { store, device, scratch: Some(scratch) };
            TrainStep::new(&network, &weights, None, optimizer, recipe, ground)
        })?;
        let time = place.epoch as f64 + place.batch as f64 / batches.max(1) as f64;
        let now = optimizer.now(place.step + 1, recipe.rate.at(time));
        let seen = plan.step(store, batch, dropout_seed(self.seed, place.step), now)?;
        (place.batch, place.step) = (place.batch + 1, place.step + 1);
        Ok(seen)
    }

    /// Accuracy and loss of a child with the weights it inherits on the images of a batch, normalised by the statistics
    /// of this batch ([`Mode::Inherited`]). Nothing changes.
    ///
    /// # Errors
    /// A graph that is not of the space, a network that does not fit the device, or a failing device.
    pub fn evaluate_batch(&mut self, child: &Graph, batch: &Batch) -> Result<Score, TrainError> {
        let mut tally = Tally::default();
        self.add_looks(child, batch, &mut tally)?;
        Ok(tally.score())
    }

    /// The same on all images of a loader, whose last batch should be filled up ([`crate::data::Last::Wrap`]).
    ///
    /// # Errors
    /// As [`Shared::look`], and an image that cannot be read.
    pub fn evaluate(&mut self, child: &Graph, loader: &Loader) -> Result<Score, TrainError> {
        let mut tally = Tally::default();
        for batch in loader.epoch(0)? {
            self.add_looks(child, &batch?, &mut tally)?;
        }
        Ok(tally.score())
    }

    fn add_looks(&mut self, child: &Graph, batch: &Batch, tally: &mut Tally) -> Result<(), TrainError> {
        let Self { model, recipe, store, scratch, device, .. } = self;
        let plan = self.looking.get((child.clone(), batch.len()), || {
            let (network, weights) = inherited(child, model, store)?;
            let ground = PlanContext { store, device, scratch: Some(scratch) };
            EvalStep::new(&network, &weights, batch.len(), (Mode::Inherited, recipe.smoothing), ground)
        })?;
        let seen = plan.evaluate_batch(store, batch)?;
        tally.add(&seen.losses, &seen.hits, batch.fresh());
        Ok(())
    }

    /// Weights, optimizer state and place, for [`Shared::restore`].
    ///
    /// # Errors
    /// A failing device.
    pub fn state(&self) -> Result<Checkpoint, TrainError> {
        let saved = Saved { recipe: self.recipe.clone(), seed: self.seed, place: self.place };
        Ok(Checkpoint::of_state(&saved, Some(&self.store))?)
    }

    /// Goes on from such a state as if nothing had been in between.
    ///
    /// # Errors
    /// The state of another shared model, recipe or seed, after which nothing has changed, or a failing device.
    pub fn restore(&mut self, state: &Checkpoint) -> Result<(), TrainError> {
        let saved: Saved = state.state()?;
        if saved.recipe != self.recipe || saved.seed != self.seed {
            return Err(TrainError::State("they were trained by another recipe or seed".to_owned()));
        }
        state.fill(&mut self.store, false)?;
        self.place = saved.place;
        Ok(())
    }
}

/// A child's network and where its weights are in the store.
fn inherited(child: &Graph, model: &SharedModel, store: &Store) -> Result<(Network, Weights), TrainError> {
    let network = model.child(child)?;
    let weights = Weights::within(store, &network)?;
    Ok((network, weights))
}
