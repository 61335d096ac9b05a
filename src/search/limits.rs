//! Costs of architectures, and cost limits that are checked before the evaluation.

use super::config::LimitsConfig;
use crate::child::Cost;
use crate::device::Device;
use crate::graph::Graph;
use crate::network::{Network, Size, Task};
use crate::space::Space;
use crate::train::latency;
use std::sync::Arc;

/// Number of measured passes; the latency is their median.
const PASSES: usize = 25;

/// A space with the task and size of its networks.
#[derive(Clone)]
pub struct Sizing {
    /// The space.
    pub space: Arc<dyn Space>,
    /// Image shape and number of classes.
    pub task: Task,
    /// Width and depth.
    pub size: Size,
}

impl Sizing {
    /// Returns the cost of a graph's network; `None` if the network cannot be built.
    #[must_use]
    pub fn cost(&self, graph: &Graph) -> Option<Cost> {
        self.network(graph).map(|network| network.cost())
    }

    /// Measures the latency in seconds of a graph's network for a single image; `None` if the network cannot be built
    /// or run on the device.
    #[must_use]
    pub fn latency(&self, graph: &Graph, device: &Device) -> Option<f64> {
        latency(&self.network(graph)?, device, PASSES).ok()
    }

    fn network(&self, graph: &Graph) -> Option<Network> {
        self.space.network(graph, self.task, self.size).ok()
    }
}

/// Cost limits on the networks of a space.
#[derive(Clone)]
pub struct CostLimits {
    limits: LimitsConfig,
    sizing: Sizing,
    /// Batch size of a training step, for the memory limit.
    batch: usize,
}

impl CostLimits {
    /// Creates the limits of a configuration; `None` if it sets no limit.
    #[must_use]
    pub fn new(limits: LimitsConfig, sizing: Sizing, batch: usize) -> Option<Self> {
        let some = limits != LimitsConfig::default();
        some.then_some(Self { limits, sizing, batch })
    }

    /// Whether a graph's network is within all limits; `false` if it cannot be built.
    #[must_use]
    pub fn admit(&self, graph: &Graph) -> bool {
        let LimitsConfig { max_params, max_macs, max_memory } = self.limits;
        let within = |cost: u64, limit: u64| limit == 0 || cost <= limit;
        let Some(network) = self.sizing.network(graph) else { return false };
        let cost = network.cost();
        // Last, because the plan takes the longest to compute.
        let memory = || network.plan_cost(self.batch).is_ok_and(|plan| plan.peak <= max_memory);
        within(cost.parameters, max_params) && within(cost.multiply_adds, max_macs) && (max_memory == 0 || memory())
    }
}
