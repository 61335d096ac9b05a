//! Computes the scores of networks on images.

use super::combined::combine;
use super::expressivity::entropy;
use super::jacobian::jacov;
use super::measure::{Measure, NetworkDepth};
use super::patterns::Agreements;
use super::structure::structural;
use crate::child::{ChildError, Mode, Weights};
use crate::data::Batch;
use crate::device::Device;
use crate::network::{Network, Shape};
use crate::nn::Init;
use crate::parallel;
use crate::tape::{Gradients, Plan, ShapeError, Slot, Store, StoreBuilder, Tape, TapeError, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// The reason why a network could not be scored.
#[derive(Debug, Error)]
pub enum ScoreError {
    /// The network cannot be built, or does not take the images.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// Operations with incompatible shapes.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The device failed.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The threads could not be started.
    #[error("cannot start the threads for scoring: {0}")]
    Threads(String),
}

/// The scores of a network. NaN is replaced by minus infinity.
pub type Scores = BTreeMap<Measure, f64>;

/// The input values of synflow, so small that the outputs of deep networks stay within the range of `f32`.
const FLOW: f32 = 1e-20;

/// Scores networks on some images.
#[derive(Debug, Clone)]
pub struct Scorer {
    images: Vec<f32>,
    labels: Vec<u32>,
    device: Device,
    /// Seeds of the random weights, over which scores are averaged.
    seeds: Vec<u64>,
}

impl Scorer {
    /// Creates a scorer on a batch of normalised images, averaging over the random weights of all seeds.
    #[must_use]
    pub fn new(batch: &Batch, seeds: Vec<u64>, device: &Device) -> Self {
        Self { images: batch.inputs().to_vec(), labels: batch.labels().to_vec(), device: device.clone(), seeds }
    }

    /// Scores `count` networks, on `threads` threads if the device is the CPU. A network for which `build` returns
    /// `None` has no scores. [`Measure::Combined`] ranks all of them together. `done` is called after each network.
    ///
    /// # Errors
    /// A network that does not take the images, or a failing device.
    pub fn score_all(
        &self,
        count: usize,
        threads: usize,
        measures: &[Measure],
        build: impl Fn(usize, NetworkDepth) -> Option<Network> + Sync,
        done: impl Fn() + Sync,
    ) -> Result<Vec<Scores>, ScoreError> {
        let threads = self.device.threads(threads);
        let needed = parts(measures);
        let score = |index| {
            let mut scores = Scores::new();
            for depth in [NetworkDepth::Shallow, NetworkDepth::Published] {
                let measures: Vec<_> = needed.iter().copied().filter(|measure| measure.depth() == depth).collect();
                let network = if measures.is_empty() { None } else { build(index, depth) };
                if let Some(network) = network {
                    scores.extend(self.score(&network, &measures)?);
                }
            }
            Ok::<_, ScoreError>(scores)
        };
        let work = |index| {
            let scores = parallel::single_threaded(|| score(index));
            let scores = scores.map_err(|error| ScoreError::Threads(error.to_string()))??;
            done();
            Ok::<_, ScoreError>(scores)
        };
        let mut all = parallel::each(count, threads, work)?;
        if measures.contains(&Measure::Combined) {
            add_combined(&mut all);
        }
        all.iter_mut().for_each(|scores| scores.retain(|measure, _| measures.contains(measure)));
        Ok(all)
    }

    /// Returns the scores of a network, without [`Measure::Combined`], which needs several networks.
    ///
    /// # Errors
    /// As [`Scorer::score_all`].
    pub fn score(&self, network: &Network, measures: &[Measure]) -> Result<Scores, ScoreError> {
        let mut scores = Scores::new();
        scores.extend(structural(network).into_iter().filter(|(measure, _)| measures.contains(measure)));
        let random = measures.iter().any(|measure| !measure.is_static());
        for seed in self.seeds.iter().filter(|_| random) {
            for (measure, score) in self.with_weights(network, measures, *seed)? {
                *scores.entry(measure).or_insert(0.0) += score / self.seeds.len() as f64;
            }
        }
        scores.values_mut().filter(|score| score.is_nan()).for_each(|score| *score = f64::NEG_INFINITY);
        Ok(scores)
    }

    /// Returns the measures of a network with the random weights of a seed.
    fn with_weights(&self, network: &Network, measures: &[Measure], seed: u64) -> Result<Scores, ScoreError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, network, seed)?;
        let mut store = builder.build(&self.device)?;
        draw_weights(network, &weights, &mut store, seed)?;
        let wanted = |some: &[Measure]| some.iter().any(|measure| measures.contains(measure));
        let mut scores = Scores::new();
        if wanted(&[Measure::Expressivity, Measure::Progressivity, Measure::Naswot]) {
            self.forward(network, &weights, &mut store, measures, &mut scores)?;
        }
        if wanted(&[Measure::GradNorm, Measure::Snip]) {
            self.loss_gradients(network, &weights, &mut store, &mut scores)?;
        }
        if wanted(&[Measure::Jacov]) {
            scores.insert(Measure::Jacov, self.jacov(network, &weights, &mut store)?);
        }
        if wanted(&[Measure::Synflow]) {
            scores.insert(Measure::Synflow, self.synflow(network, &weights, &mut store)?);
        }
        Ok(scores)
    }

    /// Adds the measures that need only a forward pass.
    fn forward(
        &self,
        network: &Network,
        weights: &Weights,
        store: &mut Store,
        measures: &[Measure],
        scores: &mut Scores,
    ) -> Result<(), ScoreError> {
        let mut tape = Tape::new();
        let x = tape.input(&Shape::Image(network.input).batched(self.labels.len()));
        let results = network.record_all(&mut tape, weights, x, Mode::BatchStatistics)?;
        let patterns = measures.contains(&Measure::Naswot);
        let mut relus: BTreeMap<usize, (Tensor, u64)> = BTreeMap::new();
        for (node, result) in network.nodes.iter().zip(&results) {
            // Whether a value is positive is the code of an activation.
            if let (true, true, Some(result), Some(from)) =
                (patterns, node.operation.has_code(), *result, node.inputs.first())
            {
                relus.entry(*from).or_insert((result, 0)).1 += 1;
            }
        }
        let ends: BTreeSet<usize> = network.stages.iter().flat_map(|stage| [stage.input, stage.output]).collect();
        let tensors = relus.values().map(|(tensor, _)| *tensor).chain(ends.iter().filter_map(|node| results[*node]));
        let keep: Vec<Tensor> = tensors.collect();
        let mut plan = Plan::new(&tape, &keep, store, &self.device)?;
        plan.write(x, &self.images)?;
        plan.run(store)?;
        if patterns {
            let mut agreements = Agreements::new(self.labels.len());
            for (tensor, times) in relus.values() {
                agreements.add(&plan.read(*tensor)?, *times);
            }
            scores.insert(Measure::Naswot, agreements.log_determinant());
        }
        let mut entropies = BTreeMap::new();
        for node in ends {
            let found = match (network.nodes[node].shape, results[node]) {
                (Shape::Image([channels, height, width]), Some(tensor)) => {
                    entropy(&plan.read(tensor)?, channels, height * width)
                }
                _ => 0.0,
            };
            entropies.insert(node, found);
        }
        scores.extend(spectral(network, &entropies));
        Ok(())
    }

    /// Adds the measures of the gradients of the mean loss by the weights of convolutions and linear layers.
    fn loss_gradients(
        &self,
        network: &Network,
        weights: &Weights,
        store: &mut Store,
        scores: &mut Scores,
    ) -> Result<(), ScoreError> {
        let mut tape = Tape::new();
        let x = tape.input(&Shape::Image(network.input).batched(self.labels.len()));
        let labels = tape.input(&[self.labels.len()]);
        let logits = network.record(&mut tape, weights, x, Mode::BatchStatistics)?;
        let losses = tape.cross_entropy(logits, labels, 0.0)?;
        let loss = tape.mean(losses)?;
        let gradients = tape.backward(loss)?;
        let pairs = products(network, weights, &mut tape, &gradients);
        let keep: Vec<Tensor> = pairs.iter().map(|(_, gradient)| *gradient).collect();
        let mut plan = Plan::new(&tape, &keep, store, &self.device)?;
        plan.write(x, &self.images)?;
        plan.write_integers(labels, &self.labels)?;
        plan.run(store)?;
        let (mut norms, mut sensitivity) = (0.0, 0.0);
        for (slot, gradient) in pairs {
            let (weights, gradient) = (store.read(&slot)?, plan.read(gradient)?);
            norms += gradient.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            sensitivity += saliency(&weights, &gradient);
        }
        scores.insert(Measure::GradNorm, norms);
        scores.insert(Measure::Snip, sensitivity);
        Ok(())
    }

    fn jacov(&self, network: &Network, weights: &Weights, store: &mut Store) -> Result<f64, ScoreError> {
        let mut tape = Tape::new();
        let batch = self.labels.len();
        let x = tape.input(&Shape::Image(network.input).batched(batch));
        let seed = tape.constant(&vec![1.0; batch * network.classes], &[batch, network.classes])?;
        let logits = network.record(&mut tape, weights, x, Mode::BatchStatistics)?;
        let gradients = tape.backward_from(&[(logits, seed)])?;
        // There is no gradient if no path leads from the images to the output.
        let Some(gradient) = gradients.of(x) else { return Ok(f64::NEG_INFINITY) };
        let mut plan = Plan::new(&tape, &[gradient], store, &self.device)?;
        plan.write(x, &self.images)?;
        plan.run(store)?;
        Ok(jacov(&plan.read(gradient)?, batch))
    }

    /// Returns synflow. Replaces the weights by their absolute values.
    fn synflow(&self, network: &Network, weights: &Weights, store: &mut Store) -> Result<f64, ScoreError> {
        for slot in weights.parameters() {
            let positive: Vec<f32> = store.read(slot)?.into_iter().map(f32::abs).collect();
            store.write(slot, &positive)?;
        }
        let mut tape = Tape::new();
        let x = tape.input(&Shape::Image(network.input).batched(1));
        let seed = tape.constant(&vec![1.0; network.classes], &[1, network.classes])?;
        let logits = network.record(&mut tape, weights, x, Mode::Inference)?;
        let gradients = tape.backward_from(&[(logits, seed)])?;
        let pairs = products(network, weights, &mut tape, &gradients);
        let keep: Vec<Tensor> = pairs.iter().map(|(_, gradient)| *gradient).collect();
        let mut plan = Plan::new(&tape, &keep, store, &self.device)?;
        plan.write(x, &vec![FLOW; network.input.iter().product()])?;
        plan.run(store)?;
        let mut flow = 0.0;
        for (slot, gradient) in pairs {
            flow += saliency(&store.read(&slot)?, &plan.read(gradient)?);
        }
        // The output is proportional to the input, so this corrects for the small input.
        Ok(flow.ln() - f64::from(FLOW).ln())
    }
}

/// Draws the weights of convolutions and linear layers as PyTorch does by default, like the published scores. With the
/// small initial classifier weights of the benchmarks' trainers, the classifier would dominate the gradient of the
/// loss.
fn draw_weights(network: &Network, weights: &Weights, store: &mut Store, seed: u64) -> Result<(), ScoreError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for (number, node) in network.nodes.iter().enumerate() {
        let Some(units) = node.operation.units() else { continue };
        if let Some(slot) = weights.of(number).first() {
            let fan_in = slot.len() / units.max(1);
            store.write(slot, &Init::Torch.draw(slot.len(), fan_in, units, &mut rng))?;
        }
    }
    Ok(())
}

/// Returns expressivity and progressivity, given the entropies of the stages' inputs and outputs.
fn spectral(network: &Network, entropies: &BTreeMap<usize, f64>) -> [(Measure, f64); 2] {
    let at = |node: usize| entropies.get(&node).copied().unwrap_or(0.0);
    let last = network.stages.last().map(|stage| stage.output);
    let path: Vec<f64> = network.stages.iter().map(|stage| stage.input).chain(last).map(at).collect();
    // `f64::min` would ignore NaN.
    let least = |one: f64, other: f64| if one <= other || one.is_nan() { one } else { other };
    let smallest = path.windows(2).map(|pair| pair[1] - pair[0]).reduce(least);
    let sum = network.stages.iter().map(|stage| at(stage.output)).sum();
    [(Measure::Expressivity, sum), (Measure::Progressivity, smallest.unwrap_or(0.0))]
}

/// Returns the measures to compute for the requested measures: replaces the combined measure by its parts.
pub(super) fn parts(measures: &[Measure]) -> Vec<Measure> {
    let mut needed: BTreeSet<Measure> = measures.iter().copied().collect();
    if needed.remove(&Measure::Combined) {
        needed.extend(PARTS);
    }
    needed.into_iter().collect()
}

/// The parts of the combined measure.
const PARTS: [Measure; 3] = [Measure::Expressivity, Measure::Progressivity, Measure::Macs];

/// Adds [`Measure::Combined`] to all scores that contain its parts.
pub(super) fn add_combined(all: &mut [Scores]) {
    let complete: Vec<usize> =
        (0..all.len()).filter(|index| PARTS.iter().all(|part| all[*index].contains_key(part))).collect();
    let values = PARTS.map(|part| complete.iter().map(|index| all[*index][&part]).collect::<Vec<f64>>());
    for (index, score) in complete.iter().zip(combine(&values)) {
        all[*index].insert(Measure::Combined, score);
    }
}

/// Returns the weights of live convolutions and linear layers, with their gradients.
fn products(network: &Network, weights: &Weights, tape: &mut Tape, gradients: &Gradients) -> Vec<(Slot, Tensor)> {
    let mut pairs = Vec::new();
    for (number, node) in network.nodes.iter().enumerate() {
        if node.operation.units().is_none() {
            continue;
        }
        // The first slot is the weight, the second the bias.
        if let Some(slot) = weights.of(number).first() {
            let tensor = tape.stored(slot);
            pairs.extend(gradients.of(tensor).map(|gradient| (slot.clone(), gradient)));
        }
    }
    pairs
}

fn saliency(weights: &[f32], gradient: &[f32]) -> f64 {
    weights.iter().zip(gradient).map(|(weight, gradient)| f64::from((weight * gradient).abs())).sum()
}
