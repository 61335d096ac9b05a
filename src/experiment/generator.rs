//! Builds the generator that a configuration names.

use super::error::ExperimentError;
use crate::device::Device;
use crate::generator::graphpnas::{GraphPnas, Settings, Shape};
use crate::generator::lstm::{self, Lstm, Training};
use crate::generator::{Evolution, Generator, InOrder, LocalSearch, PerPart, Random};
use crate::graph::Graph;
use crate::score::{PoolScorer, Structure};
use crate::search::{Config, CostLimits, LARGEST, LISTED_EACH, SCORE, SearchError, first_weights};
use crate::space::Space;
use crate::tape::TapeError;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// What orders architectures before any is evaluated. The generators `largest` and `score` need it; without it their lists are empty.
#[derive(Default)]
pub(super) struct Ordering<'a> {
    pub(super) structure: Option<&'a Structure>,
    pub(super) scorer: Option<&'a PoolScorer>,
    /// What an architecture may cost.
    pub(super) limits: Option<&'a CostLimits>,
}

/// Networks that are scored for each evaluation of the budget, in all at least [`LEAST_SCORED`].
const SCORED_EACH: usize = 5;
const LEAST_SCORED: usize = 500;

/// Builds the generator of `config` on a device.
pub(super) fn build_generator(
    config: &Config,
    space: &Arc<dyn Space>,
    by: Ordering<'_>,
    device: &Device,
) -> Result<Box<dyn Generator>, ExperimentError> {
    let asked = &config.generator;
    let (shared, explorer) = (Arc::clone(space), asked.explorer);
    Ok(match asked.name.as_str() {
        "random" => Box::new(Random::new(shared, explorer)),
        "evolution" => Box::new(Evolution::new(shared, explorer, asked.population, asked.sample)),
        "local-search" => Box::new(LocalSearch::new(shared, explorer, asked.improvement)),
        LARGEST => {
            let count = config.evaluations.saturating_mul(LISTED_EACH);
            let admits = |graph: &Graph| by.limits.is_none_or(|limits| limits.admit(graph));
            let mut rng = first_weights(config.seed);
            let largest = by.structure.map(|structure| structure.largest(count, admits, &mut rng));
            Box::new(InOrder::new(LARGEST, largest.unwrap_or_default()))
        }
        SCORE => {
            let count = config.evaluations.saturating_mul(SCORED_EACH).max(LEAST_SCORED);
            let mut rng = first_weights(config.seed);
            let ordered = by
                .scorer
                .map(|scorer| scorer.best_first((0..count).map(|_| space.explore(&explorer, &mut rng)).collect()));
            Box::new(InOrder::new(SCORE, ordered.transpose().map_err(SearchError::from)?.unwrap_or_default()))
        }
        "lstm" => learned(config, space, |rng| lstm(config, space, device, rng), Lstm::of_one_part)?,
        _ => learned(config, space, |rng| graphpnas(config, space, device, rng), GraphPnas::of_one_part)?,
    })
}

/// One generator for all parts of an architecture or, where the configuration says so, one for each.
fn learned<G: Generator + 'static>(
    config: &Config,
    space: &Arc<dyn Space>,
    build: impl Fn(&mut ChaCha8Rng) -> Result<G, ExperimentError>,
    of_one_part: fn(G) -> G,
) -> Result<Box<dyn Generator>, ExperimentError> {
    let mut rng = first_weights(config.seed);
    if !config.generator.per_part {
        return Ok(Box::new(build(&mut rng)?));
    }
    let mut parts: Vec<Box<dyn Generator>> = Vec::new();
    for _ in 0..space.parts() {
        parts.push(Box::new(of_one_part(build(&mut rng)?)));
    }
    Ok(Box::new(PerPart::new(parts)))
}

fn graphpnas(
    config: &Config,
    space: &Arc<dyn Space>,
    device: &Device,
    rng: &mut ChaCha8Rng,
) -> Result<GraphPnas, ExperimentError> {
    let shape = Shape {
        limits: space.limits(),
        hidden: config.generator.hidden,
        mixtures: config.generator.mixtures,
        layers: config.generator.layers,
        attention: config.generator.attention_hidden,
    };
    shape.check().map_err(|error| ExperimentError::Refused(error.to_string()))?;
    let settings = Settings {
        epochs: config.train.epochs,
        batch: config.train.batch,
        learning_rate: config.train.learning_rate,
        restart: config.train.restart,
        temperature: config.generator.temperature,
    };
    let built = GraphPnas::new(&**space, shape, settings, device, rng);
    built.map_err(|error| {
        refused(&error, "train.batch, generator.layers, generator.mixtures or generator.attention_hidden")
    })
}

fn lstm(
    config: &Config,
    space: &Arc<dyn Space>,
    device: &Device,
    rng: &mut ChaCha8Rng,
) -> Result<Lstm, ExperimentError> {
    let asked = &config.lstm;
    let shape = lstm::Shape { limits: space.limits(), hidden: asked.hidden, attention: asked.attention };
    shape.check().map_err(|error| ExperimentError::Refused(error.to_string()))?;
    let settings = lstm::Settings {
        training: asked.training,
        learning_rate: asked.learning_rate,
        temperature: config.generator.temperature,
        epochs: config.train.epochs,
        batch: if asked.training == Training::Replay { config.train.batch } else { config.batch },
        restart: config.train.restart,
        entropy: asked.entropy,
        baseline_decay: asked.baseline_decay,
        skip_target: asked.skip_target,
        skip_weight: asked.skip_weight,
    };
    let built = Lstm::new(&**space, shape, settings, device, rng);
    built.map_err(|error| refused(&error, "train.batch, batch or lstm.hidden"))
}

/// A generator that cannot be built; `keys` make it smaller.
fn refused(error: &TapeError, keys: &str) -> ExperimentError {
    match error.is_of_memory() {
        true => ExperimentError::Refused(format!("the generator does not fit: {error}; lower {keys}")),
        false => ExperimentError::Failed(error.to_string()),
    }
}
