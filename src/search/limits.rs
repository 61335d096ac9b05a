//! Limits on what an architecture may cost, checked before anything is evaluated.

use super::config::LimitsConfig;
use crate::child::{Size, Task, build};
use crate::graph::Graph;

/// Limits on the networks of a space, built for a task in some size.
#[derive(Debug, Clone, PartialEq)]
pub struct CostLimits {
    limits: LimitsConfig,
    space: String,
    task: Task,
    size: Size,
    /// Images of a training step, for its memory.
    batch: usize,
}

impl CostLimits {
    /// The limits of a configuration; none where it sets none.
    #[must_use]
    pub fn new(limits: LimitsConfig, space: &str, task: Task, size: Size, batch: usize) -> Option<Self> {
        let some = limits != LimitsConfig::default();
        some.then(|| Self { limits, space: space.to_owned(), task, size, batch })
    }

    /// Whether the network of a graph keeps within all limits; one that cannot be built does not.
    #[must_use]
    pub fn admit(&self, graph: &Graph) -> bool {
        let LimitsConfig { max_params, max_macs, max_memory } = self.limits;
        let within = |cost: u64, limit: u64| limit == 0 || cost <= limit;
        let Ok(network) = build(&self.space, graph, self.task, self.size, 0.0) else { return false };
        let cost = network.cost();
        // The plan is the dearest to find out, so it comes last.
        let memory = || network.plan_cost(self.batch).is_ok_and(|plan| plan.peak <= max_memory);
        within(cost.parameters, max_params) && within(cost.multiply_adds, max_macs) && (max_memory == 0 || memory())
    }
}
