//! An LSTM controller that generates graphs decision by decision, the classic baseline for the graph network.
//!
//! It is trained either on the replay set like GraphPNAS, so that only the generator differs (docs/method.md
//! section 3), or by REINFORCE on its own proposals like the ENAS controller (docs/method.md section 5).

mod config;
mod controller;
mod file;
mod network;
mod script;
mod trainer;

pub use config::{LstmConfig, Training};
pub use controller::{Controller, Sample};
pub use file::{NAME, checkpoint, read};
pub use network::{LstmNetwork, footprint};
pub use script::{Decision, Dimensions, Script, Step};
pub use trainer::{LossWeight, LstmPolicyTrainer};

use super::per_part::{limits_of_generators, per_part};
use super::{
    Drawn, Generator, GeneratorError, GeneratorKind, GeneratorMemory, GeneratorSetup, PolicyUpdate, PolicyUpdateConfig,
    Proposal, SamplingPolicy, Scored, Target,
};
use crate::convert::to_f32;
use crate::device::Device;
use crate::graph::Graph;
use crate::nn::Checkpoint;
use crate::tape::TapeError;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The registry entry.
pub(super) const KIND: GeneratorKind = GeneratorKind {
    name: NAME,
    learned: true,
    order: None,
    build: |setup, rng| {
        let new = |target, rng: &mut ChaCha8Rng| {
            let temperature = setup.generator.temperature;
            Lstm::new(target, *setup.lstm, train_settings(&setup), temperature, setup.device, rng)
        };
        per_part(&setup, rng, new)
    },
    memory: |setup| {
        let train = train_settings(setup);
        let largest = |graphs: usize| {
            let limits = limits_of_generators(setup).into_iter();
            limits.map(|limits| footprint(Dimensions::new(limits, setup.lstm), graphs)).max().unwrap_or(0)
        };
        Ok(match setup.lstm.training {
            Training::Replay => GeneratorMemory { bytes: largest(train.batch), keys: "train.batch or lstm.hidden" },
            Training::Reinforce => {
                let graphs = train.batch.saturating_mul(setup.space.parts());
                GeneratorMemory { bytes: largest(graphs), keys: "batch or lstm.hidden" }
            }
        })
    },
};

/// The section `[train]` with the batch size of an optimizer step: with REINFORCE, all graphs of a round.
fn train_settings(setup: &GeneratorSetup<'_>) -> PolicyUpdateConfig {
    let batch = if setup.lstm.training == Training::Replay { setup.train.batch } else { setup.batch };
    PolicyUpdateConfig { batch, ..*setup.train }
}

/// The mutable state of a controller other than its weights.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ControllerState {
    /// Graphs proposed since the last update, with the entropy of their decisions.
    proposed: Vec<(Graph, f64)>,
    /// Proposed graphs that were evaluated since the last update, with their rewards.
    episode: Vec<(Graph, f64)>,
    baseline: Option<f64>,
    /// Optimizer steps since the weights were set.
    steps: u64,
}

/// An LSTM controller as a search method.
#[derive(Debug)]
pub struct Lstm {
    target: Target,
    config: LstmConfig,
    train: PolicyUpdateConfig,
    temperature: f64,
    network: LstmNetwork,
    trainer: LstmPolicyTrainer,
    /// Cached copy of the weights for sampling; cleared by an update.
    controller: Option<Controller>,
    /// Graphs proposed since the last update, with the entropy of their decisions.
    proposed: HashMap<Graph, f64>,
    /// Proposed graphs that were evaluated since the last update, with their rewards.
    episode: Vec<(Graph, f64)>,
    baseline: Option<f64>,
}

impl Lstm {
    /// Creates a randomly initialised controller. `train.batch` is the number of graphs per optimizer step;
    /// with [`Training::Reinforce`], the number of graphs per round.
    ///
    /// # Errors
    /// The space does not support the dimensions, or the device has too little memory.
    pub fn new(
        target: Target,
        config: LstmConfig,
        train: PolicyUpdateConfig,
        temperature: f64,
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Self, GeneratorError> {
        let dimensions = Dimensions::new(target.limits(), &config);
        dimensions.check()?;
        let parts = target.graphs();
        let mut build = || -> Result<Self, TapeError> {
            let network = LstmNetwork::new(dimensions, device, rng)?;
            let trainer = match config.training {
                Training::Replay => LstmPolicyTrainer::new(&network, train.batch, None)?,
                Training::Reinforce => {
                    let target = (config.skip_weight > 0.0).then_some(to_f32(config.skip_target));
                    LstmPolicyTrainer::new(&network, train.batch.saturating_mul(parts), target)?
                }
            };
            let (controller, proposed, episode, baseline) = (None, HashMap::new(), Vec::new(), None);
            Ok(Self {
                target: target.clone(),
                config,
                train,
                temperature,
                network,
                trainer,
                controller,
                proposed,
                episode,
                baseline,
            })
        };
        build().map_err(|error| GeneratorError::not_built(error, "train.batch, batch or lstm.hidden"))
    }

    /// Draws `count` architectures with their log-probabilities; `epsilon` is the uniform fraction of every decision.
    ///
    /// # Errors
    /// The device fails.
    pub fn draw(&mut self, count: usize, epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Sample>, TapeError> {
        let controller = match &self.controller {
            Some(controller) => controller,
            None => self.controller.insert(Controller::new(&self.network)?.within(self.target.clone())),
        };
        let policy = SamplingPolicy { temperature: self.temperature, epsilon };
        let parts = self.target.graphs();
        let drawn = controller.draw(count.saturating_mul(parts), policy, rng);
        Ok(drawn.chunks(parts).map(Sample::disjoint_union).collect())
    }

    /// Trains on the replay set like GraphPNAS; the loss of a graph is its mean -log p per decision.
    fn replay(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, TapeError> {
        if self.train.restart {
            self.network.reset(rng)?;
        }
        let parts = replay.iter().map(|scored| (self.target.split(&scored.graph), scored.reward - baseline));
        let parts: Vec<_> = parts.flat_map(|(graphs, reward)| graphs.into_iter().map(move |g| (g, reward))).collect();
        let mut order: Vec<_> = parts.iter().map(|(graph, advantage)| (graph, *advantage)).collect();
        let mut update = PolicyUpdate::default();
        for _ in 0..self.train.epochs {
            order.shuffle(rng);
            for batch in order.chunks(self.train.batch) {
                let weight = |graph: &Graph, advantage: f32| {
                    let advantage = advantage / batch.len() as f32;
                    let scale = 1.0 / self.network.script.choices(graph).len().max(1) as f32;
                    LossWeight { scale, likelihood: advantage.max(0.0), unlikelihood: advantage.min(0.0), skip: 0.0 }
                };
                let batch: Vec<_> =
                    batch.iter().map(|(graph, advantage)| (*graph, weight(graph, *advantage))).collect();
                self.step(&batch, &mut update)?;
            }
        }
        Ok(update)
    }

    /// Takes one REINFORCE step on the proposals that were evaluated since the last update.
    fn reinforce(&mut self) -> Result<PolicyUpdate, TapeError> {
        self.proposed.clear();
        let episode = std::mem::take(&mut self.episode);
        let mut update = PolicyUpdate::default();
        if episode.is_empty() {
            return Ok(update);
        }
        let mean = episode.iter().map(|(_, reward)| reward).sum::<f64>() / episode.len() as f64;
        let (baseline, decay) = (self.baseline.unwrap_or(mean), self.config.baseline_decay);
        self.baseline = Some(decay * baseline + (1.0 - decay) * mean);
        let rows = (self.network.shape().limits.max_nodes - 1).max(1) as f64;
        let count = episode.len() as f64;
        let skip = to_f32(self.config.skip_weight / (count * rows));
        let weight = |reward: f64| {
            let likelihood = to_f32((reward - baseline) / count);
            LossWeight { scale: 1.0, likelihood, unlikelihood: 0.0, skip }
        };
        let parts: Vec<_> = episode
            .iter()
            .flat_map(|(graph, reward)| self.target.split(graph).into_iter().map(|part| (part, weight(*reward))))
            .collect();
        let batch: Vec<_> = parts.iter().map(|(graph, weight)| (graph, *weight)).collect();
        self.step(&batch, &mut update)?;
        Ok(update)
    }

    fn step(&mut self, batch: &[(&Graph, LossWeight)], update: &mut PolicyUpdate) -> Result<(), TapeError> {
        self.trainer.step(&mut self.network, batch, self.config.learning_rate)?;
        if update.steps == 0 {
            update.first_loss = self.trainer.loss()?;
        }
        update.steps += 1;
        Ok(())
    }
}

impl Generator for Lstm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn propose(&mut self, count: usize, epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        let samples = self.draw(count, epsilon, rng).map_err(failed)?;
        if self.config.training == Training::Reinforce {
            self.proposed.extend(samples.iter().map(|sample| (sample.drawn.graph.clone(), sample.entropy)));
        }
        Ok(samples.into_iter().map(|sample| sample.drawn.into()).collect())
    }

    fn inspect(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        let samples = self.draw(count, 0.0, rng).map_err(failed)?;
        Ok(Some(samples.into_iter().map(|sample| sample.drawn).collect()))
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        // REINFORCE is on-policy: graphs from the random policy are ignored.
        if let Some(entropy) = self.proposed.get(graph) {
            self.episode.push((graph.clone(), reward / 100.0 + self.config.entropy * entropy));
        }
    }

    fn learn(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, GeneratorError> {
        let update = match self.config.training {
            Training::Replay => self.replay(replay, baseline, rng),
            Training::Reinforce => self.reinforce(),
        };
        let mut update = update.map_err(failed)?;
        self.controller = None;
        if update.steps > 0 {
            update.last_loss = self.trainer.loss().map_err(failed)?;
        }
        if update.last_loss.is_finite() {
            return Ok(update);
        }
        Err(GeneratorError::Diverged { loss: update.last_loss, key: "lstm.learning_rate" })
    }

    fn learns(&self) -> bool {
        true
    }

    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        let mut proposed: Vec<_> = self.proposed.iter().map(|(graph, entropy)| (graph.clone(), *entropy)).collect();
        // Sorted, because a map has no order and equal states should give equal bytes.
        proposed.sort_by_cached_key(|(graph, _)| format!("{graph:?}"));
        let (episode, baseline, steps) = (self.episode.clone(), self.baseline, self.network.steps);
        Ok(Checkpoint::of_state(&ControllerState { proposed, episode, baseline, steps }, Some(&self.network.store))?)
    }

    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        let ControllerState { proposed, episode, baseline, steps } = state.state()?;
        state.fill(&mut self.network.store, false)?;
        self.network.steps = steps;
        (self.proposed, self.episode, self.baseline) = (proposed.into_iter().collect(), episode, baseline);
        self.controller = None;
        Ok(())
    }

    fn weights(&self) -> Result<Option<Checkpoint>, GeneratorError> {
        checkpoint(&self.network, self.target.reference()).map(Some).map_err(failed)
    }
}

fn failed(error: TapeError) -> GeneratorError {
    GeneratorError::Failed(Box::new(error))
}
