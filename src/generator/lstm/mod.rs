//! An LSTM controller: draws graphs decision by decision, the classic the graph network is compared with.
//!
//! It is trained either as GraphPNAS is, on the replay set, so that only the generator differs (docs/method.md section 3), or as
//! ENAS teaches its own, by REINFORCE on what it proposed (docs/method.md section 5).

mod controller;
mod file;
mod network;
mod script;
mod trainer;

pub use controller::{Controller, Sample};
pub use file::{NAME, keep, read};
pub use network::{Network, footprint};
pub use script::{Decision, Script, Shape, ShapeRefused, Step};
pub use trainer::{PolicyTrainer, Weight};

use super::{Drawn, Generator, GeneratorError, Kept, PolicyUpdate, Proposal, Scored, Softness, State};
use crate::convert::to_f32;
use crate::device::Device;
use crate::graph::Graph;
use crate::space::Space;
use crate::tape::TapeError;
use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How a controller learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Training {
    /// From the replay set, as GraphPNAS does.
    Replay,
    /// By one policy-gradient step a round on the graphs it proposed itself.
    Reinforce,
}

/// How a controller is trained and sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How it learns.
    pub training: Training,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Divides all logits when drawing.
    pub temperature: f64,
    /// Replay: passes over the replay set in one update.
    pub epochs: usize,
    /// Graphs of an optimizer step: of the replay set, or evaluated in a round.
    pub batch: usize,
    /// Replay: whether each update starts from new random weights.
    pub restart: bool,
    /// Reinforce: what a nat of a proposal's entropy adds to its reward.
    pub entropy: f64,
    /// Reinforce: decay of the mean reward, which is the baseline.
    pub baseline_decay: f64,
    /// Reinforce: the probability of an edge that is drawn to.
    pub skip_target: f64,
    /// Reinforce: the factor of its divergence.
    pub skip_weight: f64,
}

/// What a controller remembers beside its weights.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    /// What was proposed since the last update, with the entropy of its decisions.
    proposed: Vec<(Graph, f64)>,
    /// What was proposed and then evaluated since, with its reward.
    episode: Vec<(Graph, f64)>,
    baseline: Option<f64>,
    /// Optimizer steps since the weights were set.
    steps: u64,
}

/// An LSTM controller as a search method.
#[derive(Debug)]
pub struct Lstm {
    space: &'static str,
    parts: usize,
    settings: Settings,
    network: Network,
    trainer: PolicyTrainer,
    /// What is drawn from; none after an update, until it is needed.
    controller: Option<Controller>,
    /// What was proposed since the last update, with the entropy of its decisions.
    proposed: HashMap<Graph, f64>,
    /// What was proposed and then evaluated since, with its reward.
    episode: Vec<(Graph, f64)>,
    baseline: Option<f64>,
}

impl Lstm {
    /// A controller with random weights for a space; its shape must have the space's limits.
    ///
    /// # Errors
    /// When the device has no room for it.
    pub fn new(
        space: &dyn Space,
        shape: Shape,
        settings: Settings,
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        let network = Network::new(shape, device, rng)?;
        let (space, parts) = (space.name(), space.parts());
        let trainer = match settings.training {
            Training::Replay => PolicyTrainer::new(&network, settings.batch, None)?,
            Training::Reinforce => {
                let target = (settings.skip_weight > 0.0).then_some(to_f32(settings.skip_target));
                PolicyTrainer::new(&network, settings.batch.saturating_mul(parts), target)?
            }
        };
        let (controller, proposed, episode, baseline) = (None, HashMap::new(), Vec::new(), None);
        Ok(Self { space, parts, settings, network, trainer, controller, proposed, episode, baseline })
    }

    /// The same for single parts of architectures instead of whole ones ([`super::PerPart`]).
    #[must_use]
    pub fn of_one_part(mut self) -> Self {
        self.parts = 1;
        self
    }

    /// Draws the graphs of architectures with their log-probabilities, the part `loose` of every decision uniformly.
    ///
    /// # Errors
    /// When the device fails.
    pub fn draw(&mut self, count: usize, loose: f64, rng: &mut dyn Rng) -> Result<Vec<Sample>, TapeError> {
        let controller = match &self.controller {
            Some(controller) => controller,
            None => self.controller.insert(Controller::new(&self.network)?),
        };
        let softness = Softness { temperature: self.settings.temperature, uniform: loose };
        let parts = controller.draw(count.saturating_mul(self.parts), softness, rng);
        Ok(parts.chunks(self.parts).map(Sample::side_by_side).collect())
    }

    /// The loop of GraphPNAS; a graph's loss is -log p a decision.
    fn replay(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, TapeError> {
        if self.settings.restart {
            self.network.reset(rng)?;
        }
        let parts = replay.iter().map(|scored| (scored.graph.split(self.parts), scored.reward - baseline));
        let parts: Vec<_> = parts.flat_map(|(graphs, reward)| graphs.into_iter().map(move |g| (g, reward))).collect();
        let mut order: Vec<_> = parts.iter().map(|(graph, advantage)| (graph, *advantage)).collect();
        let mut update = PolicyUpdate::default();
        for _ in 0..self.settings.epochs {
            order.shuffle(rng);
            for batch in order.chunks(self.settings.batch) {
                let weight = |graph: &Graph, advantage: f32| {
                    let advantage = advantage / batch.len() as f32;
                    let share = 1.0 / self.network.script.choices(graph).len().max(1) as f32;
                    Weight { share, straight: advantage.max(0.0), turned: advantage.min(0.0), skip: 0.0 }
                };
                let batch: Vec<_> =
                    batch.iter().map(|(graph, advantage)| (*graph, weight(graph, *advantage))).collect();
                self.step(&batch, &mut update)?;
            }
        }
        Ok(update)
    }

    /// One step on what was proposed and evaluated since the last.
    fn reinforce(&mut self) -> Result<PolicyUpdate, TapeError> {
        self.proposed.clear();
        let episode = std::mem::take(&mut self.episode);
        let mut update = PolicyUpdate::default();
        if episode.is_empty() {
            return Ok(update);
        }
        let mean = episode.iter().map(|(_, reward)| reward).sum::<f64>() / episode.len() as f64;
        let (baseline, decay) = (self.baseline.unwrap_or(mean), self.settings.baseline_decay);
        self.baseline = Some(decay * baseline + (1.0 - decay) * mean);
        let rows = (self.network.shape().limits.max_nodes - 1) as f64;
        let count = episode.len() as f64;
        let skip = to_f32(self.settings.skip_weight / (count * rows));
        let weight =
            |reward: f64| Weight { share: 1.0, straight: to_f32((reward - baseline) / count), turned: 0.0, skip };
        let parts: Vec<_> = episode
            .iter()
            .flat_map(|(graph, reward)| graph.split(self.parts).into_iter().map(|part| (part, weight(*reward))))
            .collect();
        let batch: Vec<_> = parts.iter().map(|(graph, weight)| (graph, *weight)).collect();
        self.step(&batch, &mut update)?;
        Ok(update)
    }

    fn step(&mut self, batch: &[(&Graph, Weight)], update: &mut PolicyUpdate) -> Result<(), TapeError> {
        self.trainer.step(&mut self.network, batch, self.settings.learning_rate)?;
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

    fn propose(&mut self, count: usize, loose: f64, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        let samples = self.draw(count, loose, rng).map_err(failed)?;
        if self.settings.training == Training::Reinforce {
            self.proposed.extend(samples.iter().map(|sample| (sample.drawn.graph.clone(), sample.entropy)));
        }
        Ok(samples.into_iter().map(|sample| sample.drawn.into()).collect())
    }

    fn look(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        let samples = self.draw(count, 0.0, rng).map_err(failed)?;
        Ok(Some(samples.into_iter().map(|sample| sample.drawn).collect()))
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        // REINFORCE is on-policy: what an explorer drew is not learned from.
        if let Some(entropy) = self.proposed.get(graph) {
            self.episode.push((graph.clone(), reward / 100.0 + self.settings.entropy * entropy));
        }
    }

    fn learn(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, GeneratorError> {
        let update = match self.settings.training {
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

    fn state(&self) -> Result<State, GeneratorError> {
        let mut proposed: Vec<_> = self.proposed.iter().map(|(graph, entropy)| (graph.clone(), *entropy)).collect();
        // A map has no order; a state that is written twice should be the same twice.
        proposed.sort_by_cached_key(|(graph, _)| format!("{graph:?}"));
        let (episode, baseline, steps) = (self.episode.clone(), self.baseline, self.network.steps);
        State::new(&Memory { proposed, episode, baseline, steps }, Some(&self.network.store))
    }

    fn restore(&mut self, state: &State) -> Result<(), GeneratorError> {
        let Memory { proposed, episode, baseline, steps } = state.value()?;
        state.fill(&mut self.network.store)?;
        self.network.steps = steps;
        (self.proposed, self.episode, self.baseline) = (proposed.into_iter().collect(), episode, baseline);
        self.controller = None;
        Ok(())
    }

    fn kept(&self) -> Result<Option<Kept>, GeneratorError> {
        keep(&self.network, self.space).map(Some).map_err(failed)
    }
}

fn failed(error: TapeError) -> GeneratorError {
    GeneratorError::Failed(Box::new(error))
}
