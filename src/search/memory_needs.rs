//! Memory estimate of a search, compared with the available memory before the search starts.

use super::config::Config;
use super::limits::{CostLimits, Sizing};
use super::streams::{Purpose, stream};
use crate::device::{Device, available, format_bytes};
use crate::evaluate::shared_model;
use crate::generator::{GeneratorError, GeneratorMemory, generator_kind, graph_bytes};
use crate::graph::Graph;
use crate::network::{Network, Size, Task};
use crate::parallel;
use crate::score::{IMAGES, scored_network_size};
use crate::space::{BuildError, Explorer, Space};
use crate::train::{Footprint, Recipe, TrainError, recipe};
use std::sync::Arc;
use thiserror::Error;

/// Number of architectures drawn to estimate the size of networks.
const DRAWN: usize = 8;

/// Memory estimate of a component of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryNeed {
    /// The component.
    pub what: &'static str,
    /// Total bytes.
    pub bytes: u64,
    /// Bytes of its largest buffer on the device; 0 if it is only in host memory.
    pub buffer: u64,
    /// The configuration keys that reduce it.
    pub keys: &'static str,
}

/// Available memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvailableMemory {
    /// Available host memory in bytes, if known.
    pub host: Option<u64>,
    /// Maximum buffer size of the device in bytes; `None` for the CPU.
    pub buffer: Option<u64>,
}

/// Why the memory of a search is insufficient or cannot be estimated.
#[derive(Debug, Error)]
pub enum MemoryError {
    /// No network of the space can have the configured size.
    #[error(
        "no network of {space} can be built with {size} for images of {channels}x{height}x{width}: {why}{}",
        if *.height == 1 { "; signals need a space with axes = 1" } else { "" }
    )]
    NoNetwork {
        /// The space.
        space: String,
        /// The size keys and their values.
        size: String,
        /// Channels of the images.
        channels: usize,
        /// Height of the images.
        height: usize,
        /// Width of the images.
        width: usize,
        /// Error of the last drawn network.
        why: Box<BuildError>,
    },
    /// The search needs more memory than available.
    #[error(
        "{what} needs about {} of memory, but {} are available{with}; lower {keys}",
        format_bytes(*.needed),
        format_bytes(*.available)
    )]
    Memory {
        /// The component with the largest need.
        what: &'static str,
        /// Bytes that it needs.
        needed: u64,
        /// Available bytes.
        available: u64,
        /// Memory of the other components, as text.
        with: String,
        /// The keys to lower.
        keys: &'static str,
    },
    /// A buffer exceeds the maximum buffer size of the device.
    #[error(
        "{what} needs a buffer of about {}, but the device allows {} in one buffer; lower {keys}, or use --device cpu",
        format_bytes(*.needed),
        format_bytes(*.limit)
    )]
    Buffer {
        /// The component.
        what: &'static str,
        /// Bytes of the buffer.
        needed: u64,
        /// Maximum buffer size in bytes.
        limit: u64,
        /// The keys to lower.
        keys: &'static str,
    },
    /// A network could not be recorded.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The generator could not be recorded.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
}

impl AvailableMemory {
    /// Returns the memory that is available now for a device.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let buffer = match device {
            Device::Cpu => None,
            Device::Gpu(gpu) => Some(gpu.limits().max_buffer_size),
        };
        Self { host: available(), buffer }
    }

    /// Checks that all components fit into memory at the same time.
    ///
    /// # Errors
    /// [`MemoryError::Memory`] and [`MemoryError::Buffer`] name the component with the largest need.
    pub fn check(&self, needs: &[MemoryNeed]) -> Result<(), MemoryError> {
        if let Some(limit) = self.buffer
            && let Some(need) = needs.iter().find(|need| need.buffer > limit)
        {
            return Err(MemoryError::Buffer { what: need.what, needed: need.buffer, limit, keys: need.keys });
        }
        // GPU memory does not count against host memory.
        let on_host = |need: &&MemoryNeed| self.buffer.is_none() || need.buffer == 0;
        let total = needs.iter().filter(on_host).fold(0_u64, |sum, need| sum.saturating_add(need.bytes));
        let largest = needs.iter().filter(on_host).max_by_key(|need| need.bytes);
        let (Some(available), Some(largest)) = (self.host, largest) else { return Ok(()) };
        if total <= available {
            return Ok(());
        }
        let others = total.saturating_sub(largest.bytes);
        let with =
            if others > 0 { format!(" (everything else needs {})", format_bytes(others)) } else { String::new() };
        Err(MemoryError::Memory { what: largest.what, needed: largest.bytes, available, with, keys: largest.keys })
    }
}

/// Estimates the memory of a search: generator, history and, if rewards come from images, the trained networks.
/// `sizing` is their size and `trained_on` the device that trains them. Allocates nothing that grows with the networks.
///
/// # Errors
/// [`MemoryError::NoNetwork`] if no network of the space can be built with this size.
pub fn memory_needs(
    config: &Config,
    sizing: &Sizing,
    trained_on: Option<&Device>,
) -> Result<Vec<MemoryNeed>, MemoryError> {
    let mut needs = vec![generator(config, &sizing.space)?, history(config, &*sizing.space)];
    let Some(device) = trained_on else { return Ok(needs) };
    if config.supernet.enabled {
        needs.push(shared(config, sizing)?);
    }
    if config.proxy.enabled {
        needs.extend(proxies(config, sizing, device)?);
    }
    needs.extend(children(config, sizing)?);
    needs.extend(scoring(config, sizing)?);
    Ok(needs)
}

/// Estimates the scoring on images: the largest of the drawn networks, once per core, and the pool.
fn scoring(config: &Config, sizing: &Sizing) -> Result<Option<MemoryNeed>, MemoryError> {
    let Some(measure) = config.pool_measure().filter(|measure| !measure.is_static()) else { return Ok(None) };
    let sizing = Sizing { size: scored_network_size(&*sizing.space, measure.depth()), ..sizing.clone() };
    let mut largest = 0;
    for (_, network) in drawn(config, &sizing, "oracle")? {
        let cost = if measure.is_forward() { network.evaluation_cost(IMAGES) } else { network.plan_cost(IMAGES) };
        largest = largest.max(cost.map_err(TrainError::from)?.peak);
    }
    let pool = graph_bytes(&*sizing.space).saturating_mul(2 * config.pool() as u64);
    Ok(Some(MemoryNeed {
        what: "scoring architectures",
        bytes: largest.saturating_mul(parallel::cores() as u64).saturating_add(pool),
        buffer: 0,
        keys: "oracle.resize or explore.pool",
    }))
}

fn generator(config: &Config, space: &Arc<dyn Space>) -> Result<MemoryNeed, MemoryError> {
    let per_part = config.generator.per_part || !space.parts_are_alike();
    let parts = if per_part { space.parts() as u64 } else { 1 };
    let Some(kind) = generator_kind(&config.generator.name) else {
        return Ok(MemoryNeed { what: "the generator", bytes: 0, buffer: 0, keys: "generator.name" });
    };
    let GeneratorMemory { bytes, keys } = (kind.memory)(&config.generator_setup(space, &Device::Cpu))?;
    let buffer = if kind.learned { bytes } else { 0 };
    Ok(MemoryNeed { what: "the generator", bytes: bytes.saturating_mul(parts), buffer, keys })
}

/// Estimates the history: the graph, text and key of every evaluation.
fn history(config: &Config, space: &dyn Space) -> MemoryNeed {
    let text = 16 * (space.limits().max_nodes * space.parts()) as u64;
    let each = graph_bytes(space) + 3 * text + 256;
    let drawn = config.guide.candidates.saturating_mul(config.batch) as u64;
    let bytes = each.saturating_mul(config.evaluations as u64).saturating_add(each.saturating_mul(drawn));
    MemoryNeed { what: "the history of the search", bytes, buffer: 0, keys: "evaluations, batch or guide.candidates" }
}

/// Estimates training the smallest of the drawn networks: if it does not fit into memory, no network does. `None` if
/// all drawn networks exceed the cost limits.
fn children(config: &Config, sizing: &Sizing) -> Result<Option<MemoryNeed>, MemoryError> {
    let (recipe, limits) =
        (config.oracle.fitted_recipe(), CostLimits::new(config.limits, sizing.clone(), config.oracle.batch));
    let mut smallest: Option<Footprint> = None;
    for (graph, network) in drawn(config, sizing, "oracle")? {
        if limits.as_ref().is_some_and(|limits| !limits.admit(&graph)) {
            continue;
        }
        let footprint = Footprint::of(&network, &recipe)?;
        smallest = Some(smallest.filter(|smallest| smallest.total() <= footprint.total()).unwrap_or(footprint));
    }
    Ok(smallest.map(|smallest| MemoryNeed {
        what: "training an architecture",
        bytes: smallest.total(),
        buffer: smallest.largest(),
        keys: "oracle.channels, oracle.cells or oracle.batch",
    }))
}

/// Estimates the concurrent training of proxies, from the largest of the drawn networks.
fn proxies(config: &Config, sizing: &Sizing, device: &Device) -> Result<Option<MemoryNeed>, MemoryError> {
    let proxy = &config.proxy;
    let [channels, height, width] = sizing.task.input;
    let (height, width) = proxy.size([height, width]);
    let task = Task { input: [channels, height, width], ..sizing.task };
    let sizing = Sizing { task, size: Size { channels: proxy.channels, cells: proxy.cells }, ..sizing.clone() };
    let recipe = proxy.training(proxy.steps, usize::MAX).fitted_recipe();
    let mut largest: Option<Footprint> = None;
    for (_, network) in drawn(config, &sizing, "proxy")? {
        let footprint = Footprint::of(&network, &recipe)?;
        largest = Some(largest.filter(|largest| largest.total() >= footprint.total()).unwrap_or(footprint));
    }
    let networks = config.batch.max(proxy.finalists).max(proxy.repeats);
    let concurrent = device.threads(parallel::cores()).min(networks) as u64;
    Ok(largest.map(|largest| MemoryNeed {
        what: "training proxies at the same time",
        bytes: largest.total().saturating_mul(concurrent),
        buffer: largest.largest(),
        keys: "proxy.channels, proxy.cells or proxy.batch",
    }))
}

/// Draws architectures of the space and builds their networks in the size of a configuration section; at least one.
fn drawn(config: &Config, sizing: &Sizing, section: &str) -> Result<Vec<(Graph, Network)>, MemoryError> {
    let mut rng = stream(config.seed, Purpose::MemoryEstimate, 0);
    let (mut built, mut refused) = (Vec::new(), None);
    for number in 0..DRAWN {
        let explorer = if number % 2 == 0 { config.explore.explorer } else { Explorer::Uniform };
        let graph = sizing.space.explore(&explorer, &mut rng);
        match sizing.space.network(&graph, sizing.task, sizing.size) {
            Ok(network) => built.push((graph, network)),
            Err(why) => refused = Some(why),
        }
    }
    match (built.is_empty(), refused) {
        (true, Some(why)) => {
            let Size { channels, cells } = sizing.size;
            Err(no_network(format!("{section}.channels={channels} and {section}.cells={cells}"), sizing, why))
        }
        _ => Ok(built),
    }
}

fn no_network(size: String, sizing: &Sizing, why: BuildError) -> MemoryError {
    let [channels, height, width] = sizing.task.input;
    MemoryError::NoNetwork { space: sizing.space.name().to_owned(), size, channels, height, width, why: Box::new(why) }
}

/// Estimates the shared weights and the plans of one child.
fn shared(config: &Config, sizing: &Sizing) -> Result<MemoryNeed, MemoryError> {
    let supernet = &config.supernet;
    let size = Size { channels: supernet.channels, cells: supernet.cells };
    let refused = |why| {
        let size = format!("supernet.channels={} and supernet.cells={}", supernet.channels, supernet.cells);
        no_network(size, sizing, why)
    };
    let model = shared_model(&sizing.space, sizing.task, size, supernet.schedule).map_err(refused)?;
    let complete = model.shared_network().map_err(refused)?;
    let recipe = Recipe { batch: supernet.batch, average: None, ..recipe(&supernet.recipe).unwrap_or_default() };
    let store = Footprint::store(&complete, &recipe)?;
    let graph = sizing.space.explore(&Explorer::Uniform, &mut stream(config.seed, Purpose::MemoryEstimate, 1));
    let child = model.child(&graph).map_err(refused)?;
    let training = child.plan_cost(supernet.batch).map_err(TrainError::from)?.peak;
    let evaluation = child.evaluation_cost(supernet.reward_batch).map_err(TrainError::from)?.peak;
    // Plans share their working memory.
    let plans = training.max(evaluation);
    Ok(MemoryNeed {
        what: "the weights that architectures share",
        bytes: store.saturating_add(plans),
        buffer: store.max(plans),
        keys: "supernet.channels, supernet.cells, supernet.batch or supernet.reward_batch",
    })
}
