//! Weights that all networks of a space share, and their training (docs/method.md sections 4 and 5).
//!
//! One store contains the shared model and the optimizer's state. A child network is a plan over its slots. A training
//! step updates the weights of the child's path in place; weights and momenta of other paths do not change, as in
//! PyTorch for parameters without a gradient. All plans use the same scratch memory.

use super::error::TrainError;
use super::plans::{BatchResults, EvalStep, PlanContext, TrainStep, dropout_seed};
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

/// The progress of the training of shared weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedProgress {
    /// Completed epochs.
    pub epoch: usize,
    /// Completed steps of the current epoch.
    pub batch: usize,
    /// Completed steps in total.
    pub step: u64,
}

/// The content of a state besides the tensors.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    recipe: Recipe,
    seed: u64,
    #[serde(rename = "place")]
    progress: SharedProgress,
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
    progress: SharedProgress,
    scratch: Scratch,
    training: Recent<Graph, TrainStep>,
    /// By child and batch size.
    evaluation: Recent<(Graph, usize), EvalStep>,
}

impl Shared {
    /// Draws the weights of a model from the seed. At most `plans` training plans and `plans` evaluation plans are
    /// cached. Running means of the weights (`recipe.average`) are not supported: children use the weights.
    ///
    /// # Errors
    /// A size out of range, or a device without enough memory.
    pub fn new(
        model: SharedModel,
        recipe: Recipe,
        seed: u64,
        plans: usize,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &model.shared_network()?, seed)?;
        let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
        let optimizer = Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
        let store = builder.build(device)?;
        let (progress, scratch, device) = (SharedProgress::default(), Scratch::default(), device.clone());
        let (training, evaluation) = (Recent::new(plans), Recent::new(plans));
        Ok(Self { model, recipe, seed, device, store, optimizer, progress, scratch, training, evaluation })
    }

    /// Returns the shared weights and the optimizer's state.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the progress of the training.
    #[must_use]
    pub fn place(&self) -> SharedProgress {
        self.progress
    }

    /// Returns the numbers of cached training and evaluation plans.
    #[must_use]
    pub fn plans(&self) -> [usize; 2] {
        [self.training.len(), self.evaluation.len()]
    }

    /// Checks that the network of a child can be built in this width.
    ///
    /// # Errors
    /// The reason why not, such as more vertices than channels.
    pub fn check(&self, child: &Graph) -> Result<(), TrainError> {
        Ok(self.model.child(child).map(|_| ())?)
    }

    /// Takes one training step with each child in turn, on the loader's next batches, and returns the score over these
    /// steps. A step changes only the weights of the child's path.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is not finite, after which the weights are unusable; an invalid graph, an
    /// image that cannot be read, a network that does not fit into the device's memory.
    pub fn train(
        &mut self,
        children: &[Graph],
        loader: &Loader,
        watcher: &mut dyn Watcher,
    ) -> Result<Score, TrainError> {
        let mut tally = Tally::default();
        let mut children = children.iter();
        while children.len() > 0 {
            for batch in loader.epoch_from(self.progress.epoch as u64, self.progress.batch)? {
                let Some(child) = children.next() else { break };
                let batch = batch?;
                let results = self.step(child, &batch, loader.batches())?;
                tally.add(&results.losses, &results.hits, batch.len());
                let SharedProgress { epoch, batch: done, .. } = self.progress;
                if let Some(loss) = results.losses.iter().find(|loss| !loss.is_finite()) {
                    return Err(TrainError::Diverged { loss: *loss, epoch: epoch + 1, step: done });
                }
                watcher.step_finished(epoch + 1, done, batch.len(), tally.score());
            }
            if self.progress.batch >= loader.batches() {
                (self.progress.epoch, self.progress.batch) = (self.progress.epoch + 1, 0);
            }
        }
        Ok(tally.score())
    }

    fn step(&mut self, child: &Graph, batch: &Batch, batches: usize) -> Result<BatchResults, TrainError> {
        let Self { model, recipe, store, optimizer, scratch, device, progress, .. } = self;
        let plan = self.training.get(child.clone(), || {
            let (network, weights) = inherited(child, model, store)?;
            let context = PlanContext { store, device, scratch: Some(scratch) };
            TrainStep::new(&network, &weights, None, optimizer, recipe, context)
        })?;
        let time = progress.epoch as f64 + progress.batch as f64 / batches.max(1) as f64;
        let now = optimizer.now(progress.step + 1, recipe.rate.at(time));
        let results = plan.step(store, batch, dropout_seed(self.seed, progress.step), now)?;
        (progress.batch, progress.step) = (progress.batch + 1, progress.step + 1);
        Ok(results)
    }

    /// Returns accuracy and loss of a child with the shared weights on a batch, normalised by the statistics of this
    /// batch ([`Mode::BatchStatistics`]). The weights do not change.
    ///
    /// # Errors
    /// An invalid graph, a network that does not fit into the device's memory, or a failing device.
    pub fn evaluate_batch(&mut self, child: &Graph, batch: &Batch) -> Result<Score, TrainError> {
        let mut tally = Tally::default();
        self.add_evaluation(child, batch, &mut tally)?;
        Ok(tally.score())
    }

    /// Returns the same on all images of a loader, whose last batch should be filled up ([`crate::data::LastBatch::Wrap`]).
    ///
    /// # Errors
    /// As [`Shared::evaluate_batch`], and an image that cannot be read.
    pub fn evaluate(&mut self, child: &Graph, loader: &Loader) -> Result<Score, TrainError> {
        let mut tally = Tally::default();
        for batch in loader.epoch(0)? {
            self.add_evaluation(child, &batch?, &mut tally)?;
        }
        Ok(tally.score())
    }

    fn add_evaluation(&mut self, child: &Graph, batch: &Batch, tally: &mut Tally) -> Result<(), TrainError> {
        let Self { model, recipe, store, scratch, device, .. } = self;
        let plan = self.evaluation.get((child.clone(), batch.len()), || {
            let (network, weights) = inherited(child, model, store)?;
            let context = PlanContext { store, device, scratch: Some(scratch) };
            EvalStep::new(&network, &weights, batch.len(), (Mode::BatchStatistics, recipe.smoothing), context)
        })?;
        let results = plan.evaluate_batch(store, batch)?;
        tally.add(&results.losses, &results.hits, batch.fresh());
        Ok(())
    }

    /// Returns weights, optimizer state and progress, for [`Shared::restore`].
    ///
    /// # Errors
    /// A failing device.
    pub fn state(&self) -> Result<Checkpoint, TrainError> {
        let saved = Saved { recipe: self.recipe.clone(), seed: self.seed, progress: self.progress };
        Ok(Checkpoint::of_state(&saved, Some(&self.store))?)
    }

    /// Restores such a state.
    ///
    /// # Errors
    /// A state of another shared model, recipe or seed, in which case nothing changes, or a failing device.
    pub fn restore(&mut self, state: &Checkpoint) -> Result<(), TrainError> {
        let saved: Saved = state.state()?;
        if saved.recipe != self.recipe || saved.seed != self.seed {
            return Err(TrainError::State("they were trained with another recipe or seed".to_owned()));
        }
        state.fill(&mut self.store, false)?;
        self.progress = saved.progress;
        Ok(())
    }
}

/// Returns a child's network and its slots in the store.
fn inherited(child: &Graph, model: &SharedModel, store: &Store) -> Result<(Network, Weights), TrainError> {
    let network = model.child(child)?;
    let weights = Weights::within(store, &network)?;
    Ok((network, weights))
}
