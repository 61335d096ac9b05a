//! How much memory a search needs, estimated from its configuration and compared with what there is before it begins.

use super::config::Config;
use super::limits::{CostLimits, Sizing};
use super::streams::{Purpose, stream};
use crate::device::{Device, available, format_bytes};
use crate::evaluate::shared_model;
use crate::generator::{GeneratorError, GeneratorMemory, generator_kind};
use crate::graph::Graph;
use crate::network::{Network, Size, Task};
use crate::parallel;
use crate::score::{IMAGES, scored_size};
use crate::space::{BuildError, Explorer, Space};
use crate::train::{Footprint, Recipe, TrainError, recipe};
use std::sync::Arc;
use thiserror::Error;

/// Architectures that are drawn to see how large networks are.
const DRAWN: usize = 8;

/// Memory that a part of a search needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The part.
    pub what: &'static str,
    /// Bytes of all of it.
    pub bytes: u64,
    /// Bytes of its largest buffer on the device; 0 for what is never on it.
    pub buffer: u64,
    /// The keys of the configuration that make it smaller.
    pub keys: &'static str,
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvailableMemory {
    /// Bytes of the processor's memory, where the system tells.
    pub host: Option<u64>,
    /// Bytes of the device's largest buffer; none where the device is the processor.
    pub buffer: Option<u64>,
}

/// Why a search cannot begin.
#[derive(Debug, Error)]
pub enum NeedError {
    /// No network of the space can have the configured size.
    #[error("no network of {space} can be built with {size} for images of {channels}x{height}x{width}: {why}")]
    NoNetwork {
        /// The space.
        space: String,
        /// The keys of the size and their values.
        size: String,
        /// Channels of the images.
        channels: usize,
        /// Their rows.
        height: usize,
        /// Their columns.
        width: usize,
        /// What the last network drawn was refused for.
        why: Box<BuildError>,
    },
    /// More memory than there is.
    #[error("{what} needs about {} of memory, but {} are available{with}; lower {keys}", format_bytes(*.needed), format_bytes(*.available))]
    Memory {
        /// The part that needs most.
        what: &'static str,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes that there are.
        available: u64,
        /// What else needs memory.
        with: String,
        /// The keys to lower.
        keys: &'static str,
    },
    /// A buffer larger than the device allows.
    #[error(
        "{what} needs a buffer of about {}, but the device allows {} in one buffer; lower {keys}, or use --device cpu",
        format_bytes(*.needed),
        format_bytes(*.limit)
    )]
    Buffer {
        /// The part.
        what: &'static str,
        /// Bytes of the buffer.
        needed: u64,
        /// Bytes that the device allows.
        limit: u64,
        /// The keys to lower.
        keys: &'static str,
    },
    /// A network that cannot be recorded.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// A generator that cannot be recorded.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
}

impl AvailableMemory {
    /// What there is now for a device.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let buffer = match device {
            Device::Cpu => None,
            Device::Gpu(gpu) => Some(gpu.limits().max_buffer_size),
        };
        Self { host: available(), buffer }
    }

    /// Whether all of it has room at the same time.
    ///
    /// # Errors
    /// [`NeedError::Memory`] and [`NeedError::Buffer`] name the part that needs most.
    pub fn holds(&self, needs: &[Need]) -> Result<(), NeedError> {
        if let Some(limit) = self.buffer
            && let Some(need) = needs.iter().find(|need| need.buffer > limit)
        {
            return Err(NeedError::Buffer { what: need.what, needed: need.buffer, limit, keys: need.keys });
        }
        // What is on a GPU does not count here.
        let here = |need: &&Need| self.buffer.is_none() || need.buffer == 0;
        let total = needs.iter().filter(here).fold(0_u64, |sum, need| sum.saturating_add(need.bytes));
        let (Some(available), Some(most)) = (self.host, needs.iter().filter(here).max_by_key(|need| need.bytes)) else {
            return Ok(());
        };
        if total <= available {
            return Ok(());
        }
        let others = total.saturating_sub(most.bytes);
        let with =
            if others > 0 { format!(" (everything else needs {})", format_bytes(others)) } else { String::new() };
        Err(NeedError::Memory { what: most.what, needed: most.bytes, available, with, keys: most.keys })
    }
}

/// What a search needs: its generator, its history and, where rewards come from images, the networks that are trained on
/// them. `sizing` tells their size, `trained_on` the device that trains them. Nothing that grows with the networks is allocated.
///
/// # Errors
/// [`NeedError::NoNetwork`] where no network of the space can have this size.
pub fn needs(
    config: &Config,
    space: &dyn Space,
    sizing: &Sizing,
    trained_on: Option<&Device>,
) -> Result<Vec<Need>, NeedError> {
    let mut needs = vec![generator(config, &sizing.space)?, history(config, space)];
    let Some(device) = trained_on else { return Ok(needs) };
    if config.supernet.enabled {
        needs.push(shared(config, space, sizing)?);
    }
    if config.proxy.enabled {
        needs.extend(proxies(config, space, sizing, device)?);
    }
    needs.extend(children(config, space, sizing)?);
    needs.extend(scoring(config, space, sizing)?);
    Ok(needs)
}

/// What the largest of some networks needs that are scored on images, as often as there are cores; with their pool.
fn scoring(config: &Config, space: &dyn Space, sizing: &Sizing) -> Result<Option<Need>, NeedError> {
    let Some(measure) = config.pool_measure().filter(|measure| !measure.is_static()) else { return Ok(None) };
    let sizing = Sizing { size: scored_size(space, measure.depth()), ..sizing.clone() };
    let mut most = 0;
    for (_, network) in drawn(config, space, &sizing, "oracle")? {
        let cost = if measure.is_forward() { network.evaluation_cost(IMAGES) } else { network.plan_cost(IMAGES) };
        most = most.max(cost.map_err(TrainError::from)?.peak);
    }
    let pool = graph_bytes(space).saturating_mul(2 * config.pool() as u64);
    Ok(Some(Need {
        what: "scoring architectures",
        bytes: most.saturating_mul(parallel::cores() as u64).saturating_add(pool),
        buffer: 0,
        keys: "oracle.resize or explore.pool",
    }))
}

fn generator(config: &Config, space: &Arc<dyn Space>) -> Result<Need, NeedError> {
    let parts = if config.generator.per_part { space.parts() as u64 } else { 1 };
    let Some(kind) = generator_kind(&config.generator.name) else {
        return Ok(Need { what: "the generator", bytes: 0, buffer: 0, keys: "generator.name" });
    };
    let GeneratorMemory { bytes, keys } = (kind.memory)(&config.generator_setup(space, &Device::Cpu))?;
    let buffer = if kind.learned { bytes } else { 0 };
    Ok(Need { what: "the generator", bytes: bytes.saturating_mul(parts), buffer, keys })
}

/// Bytes of a graph of the space, about.
fn graph_bytes(space: &dyn Space) -> u64 {
    let nodes = (space.limits().max_nodes * space.parts()) as u64;
    nodes * nodes + nodes + 64
}

/// Every evaluation with its graph, its text and its key.
fn history(config: &Config, space: &dyn Space) -> Need {
    let text = 16 * (space.limits().max_nodes * space.parts()) as u64;
    let each = graph_bytes(space) + 3 * text + 256;
    let drawn = config.guide.candidates.saturating_mul(config.batch) as u64;
    let bytes = each.saturating_mul(config.evaluations as u64).saturating_add(each.saturating_mul(drawn));
    Need { what: "the history of the search", bytes, buffer: 0, keys: "evaluations, batch or guide.candidates" }
}

/// What the smallest of some networks needs: where that has no room, none has. None where the limits on cost turn all of
/// them away.
fn children(config: &Config, space: &dyn Space, sizing: &Sizing) -> Result<Option<Need>, NeedError> {
    let (recipe, limits) =
        (config.oracle.fitted_recipe(), CostLimits::new(config.limits, sizing.clone(), config.oracle.batch));
    let mut least: Option<Footprint> = None;
    for (graph, network) in drawn(config, space, sizing, "oracle")? {
        if limits.as_ref().is_some_and(|limits| !limits.admit(&graph)) {
            continue;
        }
        let footprint = Footprint::of(&network, &recipe)?;
        least = Some(least.filter(|least| least.total() <= footprint.total()).unwrap_or(footprint));
    }
    Ok(least.map(|least| Need {
        what: "training an architecture",
        bytes: least.total(),
        buffer: least.largest(),
        keys: "oracle.channels, oracle.cells or oracle.batch",
    }))
}

/// What the largest of some proxies needs, as often as they are trained at the same time.
fn proxies(config: &Config, space: &dyn Space, sizing: &Sizing, device: &Device) -> Result<Option<Need>, NeedError> {
    let of = &config.proxy;
    let [channels, height, width] = sizing.task.input;
    let (height, width) = of.size([height, width]);
    let task = Task { input: [channels, height, width], ..sizing.task };
    let sizing = Sizing { task, size: Size { channels: of.channels, cells: of.cells }, ..sizing.clone() };
    let recipe = of.training(of.steps, usize::MAX).fitted_recipe();
    let mut most: Option<Footprint> = None;
    for (_, network) in drawn(config, space, &sizing, "proxy")? {
        let footprint = Footprint::of(&network, &recipe)?;
        most = Some(most.filter(|most| most.total() >= footprint.total()).unwrap_or(footprint));
    }
    let at_once = device.threads(parallel::cores()).min(config.batch.max(of.finalists).max(of.repeats)) as u64;
    Ok(most.map(|most| Need {
        what: "training proxies at the same time",
        bytes: most.total().saturating_mul(at_once),
        buffer: most.largest(),
        keys: "proxy.channels, proxy.cells or proxy.batch",
    }))
}

/// Some architectures of the space with their networks in the size of a section of the configuration; at least one.
fn drawn(
    config: &Config,
    space: &dyn Space,
    sizing: &Sizing,
    section: &str,
) -> Result<Vec<(Graph, Network)>, NeedError> {
    let mut rng = stream(config.seed, Purpose::Size, 0);
    let (mut found, mut refused) = (Vec::new(), None);
    for number in 0..DRAWN {
        let explorer = if number % 2 == 0 { config.explore.explorer } else { Explorer::Uniform };
        let graph = space.explore(&explorer, &mut rng);
        match space.network(&graph, sizing.task, sizing.size) {
            Ok(network) => found.push((graph, network)),
            Err(why) => refused = Some(why),
        }
    }
    match (found.is_empty(), refused) {
        (true, Some(why)) => {
            let Size { channels, cells } = sizing.size;
            Err(no_network(space, format!("{section}.channels={channels} and {section}.cells={cells}"), sizing, why))
        }
        _ => Ok(found),
    }
}

fn no_network(space: &dyn Space, size: String, sizing: &Sizing, why: BuildError) -> NeedError {
    let [channels, height, width] = sizing.task.input;
    NeedError::NoNetwork { space: space.name().to_owned(), size, channels, height, width, why: Box::new(why) }
}

/// The weights that children share, and the plans of one child.
fn shared(config: &Config, space: &dyn Space, sizing: &Sizing) -> Result<Need, NeedError> {
    let of = &config.supernet;
    let size = Size { channels: of.channels, cells: of.cells };
    let refused = |why| {
        no_network(space, format!("supernet.channels={} and supernet.cells={}", of.channels, of.cells), sizing, why)
    };
    let model = shared_model(&sizing.space, sizing.task, size, of.schedule).map_err(refused)?;
    let whole = model.whole().map_err(refused)?;
    let recipe = Recipe { batch: of.batch, average: None, ..recipe(&of.recipe).unwrap_or_default() };
    let store = Footprint::store(&whole, &recipe)?;
    let graph = space.explore(&Explorer::Uniform, &mut stream(config.seed, Purpose::Size, 1));
    let child = model.child(&graph).map_err(refused)?;
    let step = child.plan_cost(of.batch).map_err(TrainError::from)?.peak;
    let look = child.evaluation_cost(of.reward_batch).map_err(TrainError::from)?.peak;
    // Plans compute in the same memory.
    let plans = step.max(look);
    Ok(Need {
        what: "the weights that architectures share",
        bytes: store.saturating_add(plans),
        buffer: store.max(plans),
        keys: "supernet.channels, supernet.cells, supernet.batch or supernet.reward_batch",
    })
}
