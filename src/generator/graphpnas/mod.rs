//! The GraphPNAS generator: a graph neural network that generates graphs node by node (docs/method.md section 2).

mod batch;
mod dimensions;
mod file;
mod network;
mod policy_trainer;
mod rollout;
mod row;
mod weights;

pub use batch::Batch;
pub use dimensions::{Dimensions, smallest_hidden};
pub use file::{NAME, SavedGraphPnas};
pub use network::{GraphNetwork, InferencePlan};
pub use policy_trainer::{GraphPolicyTrainer, footprint};
pub use rollout::Rollout;
pub use row::{Row, RowDistribution};
pub use weights::{GeneratorWeights, TensorLayout, tensor_layouts};

use super::per_part::{limits_of_generators, per_part};
use super::{
    Drawn, Generator, GeneratorConfig, GeneratorError, GeneratorKind, GeneratorMemory, PolicyUpdate,
    PolicyUpdateConfig, Proposal, SamplingPolicy, Scored, Target,
};
use crate::device::Device;
use crate::graph::Graph;
use crate::nn::Checkpoint;
use crate::tape::TapeError;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The registry entry.
pub(super) const KIND: GeneratorKind = GeneratorKind {
    name: NAME,
    learned: true,
    order: None,
    build: |setup, rng| {
        let new =
            |target, rng: &mut ChaCha8Rng| GraphPnas::new(target, setup.generator, *setup.train, setup.device, rng);
        per_part(&setup, rng, new)
    },
    memory: |setup| {
        // The largest generator; building it reports invalid dimensions.
        let mut bytes = 0;
        for limits in limits_of_generators(setup) {
            let dimensions = Dimensions::new(limits, setup.generator);
            if dimensions.check().is_ok() {
                let own = footprint(dimensions, setup.train.batch).map_err(|error| failed(error.into()))?;
                bytes = bytes.max(own);
            }
        }
        Ok(GeneratorMemory { bytes, keys: KEYS })
    },
};

/// The configuration keys that reduce the generator's memory.
const KEYS: &str = "train.batch, generator.layers, generator.mixtures or generator.attention_hidden";

/// GraphPNAS as a search method: trains on the replay set and proposes samples.
#[derive(Debug)]
pub struct GraphPnas {
    target: Target,
    train: PolicyUpdateConfig,
    network: GraphNetwork,
    trainer: GraphPolicyTrainer,
    rollout: Rollout,
}

impl GraphPnas {
    /// Creates a randomly initialised generator.
    ///
    /// # Errors
    /// The space or the kernels do not support the dimensions, or the device has too little memory.
    pub fn new(
        target: Target,
        config: &GeneratorConfig,
        train: PolicyUpdateConfig,
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Self, GeneratorError> {
        let dimensions = Dimensions::new(target.limits(), config);
        dimensions.check()?;
        let mut build = || -> Result<Self, TapeError> {
            let mut network = GraphNetwork::new(dimensions, device)?;
            network.reset(&GeneratorWeights::random(&dimensions, rng))?;
            let trainer = GraphPolicyTrainer::new(&network, train.batch)?;
            let rollout = Rollout::new(&network, SamplingPolicy::at(config.temperature))?.within(target.clone());
            Ok(Self { target: target.clone(), train, network, trainer, rollout })
        };
        build().map_err(|error| GeneratorError::not_built(error, KEYS))
    }

    /// Draws `count` architectures with their log-probabilities; `epsilon` is the uniform fraction of every decision.
    ///
    /// # Errors
    /// The device fails.
    pub fn draw(&mut self, count: usize, epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Drawn>, TapeError> {
        self.rollout.set_epsilon(epsilon);
        let parts = self.target.graphs();
        let drawn = self.rollout.draw(&mut self.network, count.saturating_mul(parts), rng)?;
        Ok(drawn.chunks(parts).map(Drawn::disjoint_union).collect())
    }

    /// Draws architectures and removes edges of label 0; the probability is that of the graph before the removal.
    fn draw_clean(&mut self, count: usize, epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Drawn>, GeneratorError> {
        let mut drawn = self.draw(count, epsilon, rng).map_err(failed)?;
        if self.network.shape().limits.edge_labels > 0 {
            drawn.iter_mut().for_each(|one| one.graph = without_none(&one.graph));
        }
        Ok(drawn)
    }

    fn update(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, TapeError> {
        if self.train.restart {
            self.network.reset(&GeneratorWeights::random(&self.network.shape().clone(), rng))?;
        }
        self.rollout.forget();
        let mut update = PolicyUpdate::default();
        let parts = replay.iter().map(|scored| (self.target.split(&scored.graph), scored.reward - baseline));
        let parts: Vec<_> = parts.flat_map(|(graphs, reward)| graphs.into_iter().map(move |g| (g, reward))).collect();
        let mut order: Vec<_> = parts.iter().map(|(graph, reward)| (graph, *reward)).collect();
        for _ in 0..self.train.epochs {
            order.shuffle(rng);
            for batch in order.chunks(self.train.batch) {
                self.trainer.step(&mut self.network, batch, self.train.learning_rate)?;
                if update.steps == 0 {
                    update.first_loss = self.trainer.loss()?;
                }
                update.steps += 1;
            }
        }
        if update.steps > 0 {
            update.last_loss = self.trainer.loss()?;
        }
        Ok(update)
    }
}

impl Generator for GraphPnas {
    fn name(&self) -> &'static str {
        NAME
    }

    fn propose(&mut self, count: usize, epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok(self.draw_clean(count, epsilon, rng)?.into_iter().map(Proposal::from).collect())
    }

    fn inspect(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        self.draw_clean(count, 0.0, rng).map(Some)
    }

    fn learn(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, GeneratorError> {
        let update = self.update(replay, baseline, rng).map_err(failed)?;
        if update.last_loss.is_finite() {
            return Ok(update);
        }
        Err(GeneratorError::Diverged { loss: update.last_loss, key: "train.learning_rate" })
    }

    fn learns(&self) -> bool {
        true
    }

    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        self.network.state()
    }

    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        self.rollout.forget();
        self.network.restore(state)
    }

    fn weights(&self) -> Result<Option<Checkpoint>, GeneratorError> {
        let weights = self.network.weights().map_err(failed)?;
        let saved =
            SavedGraphPnas { space: self.target.reference().to_owned(), dimensions: *self.network.shape(), weights };
        Ok(Some(saved.checkpoint()))
    }
}

fn failed(error: TapeError) -> GeneratorError {
    GeneratorError::Failed(Box::new(error))
}

/// Removes edges of label 0 ("none"), which mean the same as absent edges.
#[must_use]
pub fn without_none(graph: &Graph) -> Graph {
    let mut result = graph.clone();
    for (from, to, label) in graph.edges() {
        if label == 0 {
            result.remove_edge(from, to);
        }
    }
    result
}
