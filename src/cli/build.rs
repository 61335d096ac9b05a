//! Builds the generator a configuration names: where the search, the generators and the device meet.

use super::error::CliError;
use super::output;
use super::progress::Progress;
use super::rewards::Rewards;
use crate::device::{Device, DeviceChoice, DeviceError};
use crate::generator::graphpnas::{GraphPnas, Settings, Shape};
use crate::generator::lstm::{self, Lstm, Training};
use crate::generator::{Evolution, Generator, InOrder, LocalSearch, PerPart, Random};
use crate::graph::Graph;
use crate::score::{PoolScorer, Structure};
use crate::search::{Config, CostLimits, LARGEST, LISTED_EACH, SCORE, Search, SearchError, first_weights};
use crate::space::Space;
use crate::tape::TapeError;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// What the runs of a search share.
pub(super) struct Given<'a> {
    /// Where rewards come from.
    pub(super) rewards: &'a Rewards,
    /// What an architecture may cost.
    pub(super) limits: Option<&'a CostLimits>,
    /// What is known of networks from their structure, where the configuration asks for it.
    pub(super) structure: Option<Arc<Structure>>,
}

/// Builds the search that `config` describes; `progress` watches what it trains.
pub(super) fn build_search(
    config: &Config,
    space: &Arc<dyn Space>,
    given: &Given<'_>,
    device: &Device,
    progress: &Progress,
) -> Result<Search, CliError> {
    let Given { rewards, limits, structure } = given;
    // Small networks in great numbers suit the processor, and are then scored alike whatever the device.
    let scorer = rewards.pool_scorer(config, space, &Device::Cpu)?;
    let known = Known { structure: structure.as_deref(), scorer: scorer.as_ref(), limits: *limits };
    let generator = build_generator(config, space, known, device)?;
    let evaluators = rewards.evaluators(config, space, device, progress.clone())?;
    let search = Search::new(config.clone(), Arc::clone(space), evaluators.rewards, generator);
    let search = search.knowing(structure.clone()).scoring(scorer).within(limits.cloned());
    Ok(search.on_device(device.name()).choosing_with(evaluators.finalists).ending_with(evaluators.last))
}

/// What orders architectures before any is evaluated; generators that need none of it are built without.
#[derive(Default)]
pub(super) struct Known<'a> {
    pub(super) structure: Option<&'a Structure>,
    pub(super) scorer: Option<&'a PoolScorer>,
    /// What an architecture may cost.
    pub(super) limits: Option<&'a CostLimits>,
}

/// Of the networks that are scored so many for each evaluation, and at least [`LEAST_SCORED`].
const SCORED_EACH: usize = 5;
const LEAST_SCORED: usize = 500;

/// Builds the generator of `config` on a device.
pub(super) fn build_generator(
    config: &Config,
    space: &Arc<dyn Space>,
    known: Known<'_>,
    device: &Device,
) -> Result<Box<dyn Generator>, CliError> {
    let asked = &config.generator;
    let (shared, explorer) = (Arc::clone(space), asked.explorer);
    Ok(match asked.name.as_str() {
        "random" => Box::new(Random::new(shared, explorer)),
        "evolution" => Box::new(Evolution::new(shared, explorer, asked.population, asked.sample)),
        "local-search" => Box::new(LocalSearch::new(shared, explorer, asked.improvement)),
        LARGEST => {
            let count = config.evaluations.saturating_mul(LISTED_EACH);
            let admits = |graph: &Graph| known.limits.is_none_or(|limits| limits.admit(graph));
            let mut rng = first_weights(config.seed);
            let largest = known.structure.map(|structure| structure.largest(count, admits, &mut rng));
            Box::new(InOrder::new(LARGEST, largest.unwrap_or_default()))
        }
        SCORE => {
            let count = config.evaluations.saturating_mul(SCORED_EACH).max(LEAST_SCORED);
            let mut rng = first_weights(config.seed);
            let ordered = known
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
    build: impl Fn(&mut ChaCha8Rng) -> Result<G, CliError>,
    of_one_part: fn(G) -> G,
) -> Result<Box<dyn Generator>, CliError> {
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

/// Opens the device that `name` chooses: `auto`, `cpu`, a number, a part of a name.
pub(super) fn open_device(name: &str) -> Result<Device, CliError> {
    let choice: DeviceChoice = name.parse().map_err(|error: DeviceError| CliError::Usage(error.to_string()))?;
    let device = Device::open(&choice).map_err(|error| CliError::Failed(error.to_string()))?;
    output::detail(|| format!("device: {}", device.name()));
    Ok(device)
}

fn graphpnas(
    config: &Config,
    space: &Arc<dyn Space>,
    device: &Device,
    rng: &mut ChaCha8Rng,
) -> Result<GraphPnas, CliError> {
    let shape = Shape {
        limits: space.limits(),
        hidden: config.generator.hidden,
        mixtures: config.generator.mixtures,
        layers: config.generator.layers,
        attention: config.generator.attention_hidden,
    };
    shape.check().map_err(|error| CliError::Usage(error.to_string()))?;
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

fn lstm(config: &Config, space: &Arc<dyn Space>, device: &Device, rng: &mut ChaCha8Rng) -> Result<Lstm, CliError> {
    let asked = &config.lstm;
    let shape = lstm::Shape { limits: space.limits(), hidden: asked.hidden, attention: asked.attention };
    shape.check().map_err(|error| CliError::Usage(error.to_string()))?;
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
fn refused(error: &TapeError, keys: &str) -> CliError {
    match error.is_of_memory() {
        true => CliError::Usage(format!("the generator does not fit: {error}; lower {keys}")),
        false => CliError::Failed(error.to_string()),
    }
}
