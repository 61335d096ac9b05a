//! What architectures cost, and limits on it that are checked before anything is evaluated.

use super::config::LimitsConfig;
use crate::child::Cost;
use crate::device::Device;
use crate::graph::Graph;
use crate::network::{Network, Size, Task};
use crate::space::Space;
use crate::train::latency;
use std::sync::Arc;

/// Passes of which the middle one is the latency.
const PASSES: usize = 25;

/// The networks of a space, built for a task in some size.
#[derive(Clone)]
pub struct Sizing {
    /// The space.
    pub space: Arc<dyn Space>,
    /// Images and classes.
    pub task: Task,
    /// Width and depth.
    pub size: Size,
}

impl Sizing {
    /// What a graph's network costs; none where no network can be built of it.
    #[must_use]
    pub fn cost(&self, graph: &Graph) -> Option<Cost> {
        self.network(graph).map(|network| network.cost())
    }

    /// Seconds that a graph's network takes for an image alone on a device; none where it cannot be built or run there.
    #[must_use]
    pub fn latency(&self, graph: &Graph, device: &Device) -> Option<f64> {
        latency(&self.network(graph)?, device, PASSES).ok()
    }

    fn network(&self, graph: &Graph) -> Option<Network> {
        self.space.network(graph, self.task, self.size).ok()
    }
}

/// Limits on the networks of a space.
#[derive(Clone)]
pub struct CostLimits {
    limits: LimitsConfig,
    sizing: Sizing,
    /// Images of a training step, for its memory.
    batch: usize,
}

impl CostLimits {
    /// The limits of a configuration; none where it sets none.
    #[must_use]
    pub fn new(limits: LimitsConfig, sizing: Sizing, batch: usize) -> Option<Self> {
        let some = limits != LimitsConfig::default();
        some.then_some(Self { limits, sizing, batch })
    }

    /// Whether the network of a graph keeps within all limits; one that cannot be built does not.
    #[must_use]
    pub fn admit(&self, graph: &Graph) -> bool {
        let LimitsConfig { max_params, max_macs, max_memory } = self.limits;
        let within = |cost: u64, limit: u64| limit == 0 || cost <= limit;
        let Some(network) = self.sizing.network(graph) else { return false };
        let cost = network.cost();
        // The plan takes longest to compute, so it comes last.
        let memory = || network.plan_cost(self.batch).is_ok_and(|plan| plan.peak <= max_memory);
        within(cost.parameters, max_params) && within(cost.multiply_adds, max_macs) && (max_memory == 0 || memory())
    }
}
