//! The two plans of a training: a training step and an evaluation step on a batch.

use super::error::TrainError;
use super::recipe::Recipe;
use crate::child::{Mode, Weights};
use crate::data::Batch;
use crate::device::Device;
use crate::network::{Network, Shape};
use crate::nn::Optimizer;
use crate::tape::{Plan, Scratch, Store, Tape, TapeError, Tensor};

/// The label that pads an incomplete batch: it has zero loss and is never a hit.
const IGNORE_INDEX: u32 = u32::MAX;

/// Images, concatenated, and their labels.
pub(super) type Images<'a> = (&'a [f32], &'a [u32]);

/// Losses and hits of a batch, one value per image.
pub(super) struct BatchResults {
    pub losses: Vec<f32>,
    pub hits: Vec<f32>,
}

/// The resources of a plan: weights, a device and, optionally, scratch memory shared with other plans.
pub(super) struct PlanContext<'a> {
    pub store: &'a Store,
    pub device: &'a Device,
    pub scratch: Option<&'a mut Scratch>,
}

impl PlanContext<'_> {
    fn plan(self, tape: &Tape, keep: &[Tensor]) -> Result<Plan, TapeError> {
        match self.scratch {
            Some(scratch) => Plan::sharing(tape, keep, self.store, self.device, scratch),
            None => Plan::new(tape, keep, self.store, self.device),
        }
    }
}

/// The plan of a training step on a batch.
#[derive(Debug)]
pub(super) struct TrainStep {
    plan: Plan,
    images: Tensor,
    labels: Tensor,
    /// The seed of dropout.
    seed: Tensor,
    /// The optimizer's values of the current step.
    now: Tensor,
    losses: Tensor,
    hits: Tensor,
}

impl TrainStep {
    /// Records forward and backward pass and the update of the weights and, with `means`, of their running means.
    pub fn new(
        network: &Network,
        weights: &Weights,
        means: Option<&Weights>,
        optimizer: &Optimizer,
        recipe: &Recipe,
        context: PlanContext<'_>,
    ) -> Result<Self, TrainError> {
        let mut tape = Tape::new();
        let images = tape.input(&Shape::Image(network.input).batched(recipe.batch));
        let labels = tape.input(&[recipe.batch]);
        let seed = tape.input(&[1]);
        let logits = network.record(&mut tape, weights, images, Mode::Training { seed })?;
        let losses = tape.cross_entropy(logits, labels, recipe.smoothing)?;
        let hits = tape.hits(logits, labels, 1)?;
        let loss = tape.mean(losses)?;
        let gradients = tape.backward(loss)?;
        let now = optimizer.record(&mut tape, &gradients, recipe.clip)?;
        if let (Some(means), Some(decay)) = (means, recipe.average) {
            for (mean, weight) in means.all().zip(weights.all()) {
                let (mean, weight) = (tape.stored(mean), tape.stored(weight));
                tape.ema(mean, weight, decay)?;
            }
        }
        let plan = context.plan(&tape, &[losses, hits])?;
        Ok(Self { plan, images, labels, seed, now, losses, hits })
    }

    /// Takes a step on a full batch.
    pub fn step(
        &mut self,
        store: &mut Store,
        batch: &Batch,
        seed: u32,
        now: [f32; 2],
    ) -> Result<BatchResults, TapeError> {
        self.load((batch.inputs(), batch.labels()), seed, now)?;
        self.plan.run(store)?;
        self.results()
    }

    /// Writes images and labels of a full batch to the device.
    pub fn load(&mut self, (images, labels): Images<'_>, seed: u32, now: [f32; 2]) -> Result<(), TapeError> {
        self.plan.write(self.images, images)?;
        self.plan.write_integers(self.labels, labels)?;
        self.plan.write_integers(self.seed, &[seed])?;
        self.plan.write(self.now, &now)
    }

    /// Returns the plan, to run it on the loaded batch.
    pub fn plan(&mut self) -> &mut Plan {
        &mut self.plan
    }

    /// Returns the losses and hits of the last run.
    pub fn results(&self) -> Result<BatchResults, TapeError> {
        Ok(BatchResults { losses: self.plan.read(self.losses)?, hits: self.plan.read(self.hits)? })
    }
}

/// The plan of an evaluation of up to `batch` images.
#[derive(Debug)]
pub(super) struct EvalStep {
    plan: Plan,
    batch: usize,
    images: Tensor,
    labels: Tensor,
    logits: Tensor,
    losses: Tensor,
    hits: Tensor,
}

impl EvalStep {
    /// Records the forward pass without dropout; `mode` selects the statistics of batch normalisation.
    pub fn new(
        network: &Network,
        weights: &Weights,
        batch: usize,
        (mode, smoothing): (Mode, f32),
        context: PlanContext<'_>,
    ) -> Result<Self, TrainError> {
        let mut tape = Tape::new();
        let images = tape.input(&Shape::Image(network.input).batched(batch));
        let labels = tape.input(&[batch]);
        let logits = network.record(&mut tape, weights, images, mode)?;
        let losses = tape.cross_entropy(logits, labels, smoothing)?;
        let hits = tape.hits(logits, labels, 1)?;
        let plan = context.plan(&tape, &[logits, losses, hits])?;
        Ok(Self { plan, batch, images, labels, logits, losses, hits })
    }

    /// Returns the maximum batch size.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Returns losses and hits of a batch; both are zero for the padding of an incomplete batch.
    pub fn evaluate_batch(&mut self, store: &mut Store, batch: &Batch) -> Result<BatchResults, TapeError> {
        self.load((batch.inputs(), batch.labels()))?;
        self.plan.run(store)?;
        self.results()
    }

    /// Writes images and labels of at most one batch to the device.
    pub fn load(&mut self, (images, labels): Images<'_>) -> Result<(), TapeError> {
        let mut labels = labels.to_vec();
        labels.resize(self.batch, IGNORE_INDEX);
        self.plan.write(self.images, images)?;
        self.plan.write_integers(self.labels, &labels)
    }

    /// Returns the plan, to run it on the loaded batch.
    pub fn plan(&mut self) -> &mut Plan {
        &mut self.plan
    }

    /// Returns the logits of the last run, `[batch, classes]`.
    pub fn logits(&self) -> Result<Vec<f32>, TapeError> {
        self.plan.read(self.logits)
    }

    /// Returns the losses and hits of the last run.
    pub fn results(&self) -> Result<BatchResults, TapeError> {
        Ok(BatchResults { losses: self.plan.read(self.losses)?, hits: self.plan.read(self.hits)? })
    }
}

/// Returns the seed of dropout for a step, which differs between steps and between seeds.
pub(super) fn dropout_seed(seed: u64, step: u64) -> u32 {
    let mixed = (seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::dropout_seed;
    use std::collections::HashSet;

    #[test]
    fn dropout_differs_by_step_and_seed() {
        let numbers = (0..30).flat_map(|seed| (0..30).map(move |step| dropout_seed(seed, step)));
        assert_eq!(numbers.collect::<HashSet<u32>>().len(), 30 * 30);
    }
}
