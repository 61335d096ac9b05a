//! Sampling of graphs row by row, exact log-probabilities, and beam search.

use super::batch::{label_of, predecessor_sets};
use super::network::{GraphNetwork, InferencePlan};
use super::row::{Row, RowDistribution};
use crate::generator::drawn::Drawn;
use crate::generator::{SamplingPolicy, Target};
use crate::graph::Graph;
use crate::kernel::message_passing::{TableBuilder, TableSizes};
use crate::tape::TapeError;
use rand::Rng;
use std::collections::HashMap;
use std::sync::Arc;

/// Rows per run of the inference plan; fewer for large graphs to limit the plan's memory.
fn rows_per_run(max_nodes: usize) -> usize {
    const MAX_EDGES: usize = 4096;
    (MAX_EDGES / (max_nodes * max_nodes)).clamp(1, 64)
}

/// Maximum number of cached rows; the cache is cleared when it is exceeded.
const MAX_CACHED: usize = 1 << 16;

/// The distribution of a network with fixed weights. Row distributions are cached by the graph prefix before them,
/// because most samples share their first rows. Cached rows do not include the uniform mixing.
#[derive(Debug)]
pub struct Rollout {
    inference: InferencePlan,
    policy: SamplingPolicy,
    cache: HashMap<Graph, Arc<RowDistribution>>,
    /// What is drawn; it excludes impossible rows.
    target: Option<Target>,
}

impl Rollout {
    /// Creates the distribution of a network under a sampling policy.
    ///
    /// # Errors
    /// The device has too little memory for the plan.
    pub fn new(network: &GraphNetwork, policy: SamplingPolicy) -> Result<Self, TapeError> {
        let rows = rows_per_run(network.shape().limits.max_nodes);
        Ok(Self { inference: InferencePlan::new(network, rows)?, policy, cache: HashMap::new(), target: None })
    }

    /// Draws only what the space of a target allows.
    #[must_use]
    pub fn within(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Sets the uniform fraction of every decision.
    pub fn set_epsilon(&mut self, epsilon: f64) {
        self.policy.epsilon = epsilon;
    }

    /// Clears the cache; must be called when the weights change.
    pub fn forget(&mut self) {
        self.cache.clear();
    }

    /// Draws `count` graphs.
    ///
    /// # Errors
    /// The device fails.
    pub fn draw(
        &mut self,
        network: &mut GraphNetwork,
        count: usize,
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, TapeError> {
        let mut drawn = vec![Drawn { graph: Graph::empty(0), log_probability: 0.0 }; count];
        for _ in 0..network.shape().limits.max_nodes {
            let open: Vec<_> = (0..count).filter(|index| !ended(network, &drawn[*index].graph)).collect();
            self.prepare(network, open.iter().map(|index| &drawn[*index].graph))?;
            for index in open {
                let one = &mut drawn[index];
                let distribution = self.next(network, &one.graph)?;
                let row = distribution.draw(rng);
                one.log_probability += distribution.log_probability(&row);
                one.graph = row.added_to(&one.graph);
            }
        }
        Ok(drawn)
    }

    /// Returns the log-probability of a graph that ends with its output node or has the maximum number of nodes.
    ///
    /// # Errors
    /// The device fails.
    pub fn log_probability(&mut self, network: &mut GraphNetwork, graph: &Graph) -> Result<f64, TapeError> {
        let prefixes: Vec<_> = (0..graph.nodes()).map(|nodes| graph.truncated(nodes)).collect();
        self.prepare(network, prefixes.iter())?;
        let mut sum = 0.0;
        for (node, prefix) in prefixes.iter().enumerate() {
            sum += self.next(network, prefix)?.log_probability(&Row::of(graph, node));
        }
        Ok(sum)
    }

    /// Beam search of this width over rows; returns graphs in order of descending probability.
    ///
    /// # Errors
    /// The device fails.
    pub fn beam(&mut self, network: &mut GraphNetwork, width: usize) -> Result<Vec<Drawn>, TapeError> {
        let mut beam = vec![Drawn { graph: Graph::empty(0), log_probability: 0.0 }];
        for _ in 0..network.shape().limits.max_nodes {
            let open: Vec<_> = beam.iter().filter(|one| !ended(network, &one.graph)).map(|one| &one.graph).collect();
            self.prepare(network, open.into_iter())?;
            let mut longer = Vec::new();
            for one in beam {
                if ended(network, &one.graph) {
                    longer.push(one);
                    continue;
                }
                for (row, log) in self.next(network, &one.graph)?.likely(width) {
                    let (graph, log_probability) = (row.added_to(&one.graph), one.log_probability + log);
                    longer.push(Drawn { graph, log_probability });
                }
            }
            longer.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            longer.truncate(width);
            beam = longer;
        }
        Ok(beam)
    }

    /// Returns the distribution of the row after `prefix`.
    ///
    /// # Errors
    /// The device fails.
    pub fn next(&mut self, network: &mut GraphNetwork, prefix: &Graph) -> Result<Arc<RowDistribution>, TapeError> {
        if !self.cache.contains_key(prefix) {
            self.prepare(network, std::iter::once(prefix))?;
        }
        let learned = self.cache.get(prefix).ok_or_else(|| TapeError::UnknownSlot("a row".to_owned()))?;
        match self.policy.epsilon {
            0.0 => Ok(Arc::clone(learned)),
            epsilon => Ok(Arc::new(learned.mixed(epsilon))),
        }
    }

    /// Computes and caches the missing row distributions after these prefixes.
    fn prepare<'a>(
        &mut self,
        network: &mut GraphNetwork,
        prefixes: impl Iterator<Item = &'a Graph>,
    ) -> Result<(), TapeError> {
        if self.cache.len() > MAX_CACHED {
            self.forget();
        }
        let mut missing: Vec<&Graph> = Vec::new();
        for prefix in prefixes {
            if !self.cache.contains_key(prefix) && !missing.contains(&prefix) {
                missing.push(prefix);
            }
        }
        for chunk in missing.chunks(self.inference.sizes().subgraphs) {
            self.compute(network, chunk)?;
        }
        Ok(())
    }

    fn compute(&mut self, network: &mut GraphNetwork, prefixes: &[&Graph]) -> Result<(), TapeError> {
        let shape = *network.shape();
        let mut builder = TableBuilder::new(shape.limits.edge_labels);
        for prefix in prefixes {
            builder.push(&predecessor_sets(prefix), label_of(prefix));
        }
        let sizes = self.inference.sizes();
        let table = builder.finish(sizes).ok_or(TapeError::Length {
            what: "a table of rows".to_owned(),
            expected: sizes.nodes,
            given: builder.nodes(),
        })?;
        let logits = self.inference.run(network, &table)?;
        let dims = shape.head_dims(TableSizes::of_graphs(1, 1));
        let mut start = 0;
        for prefix in prefixes {
            let end = start + (prefix.nodes() + 1) * dims.logits();
            let label = shape.limits.input_label.filter(|_| prefix.nodes() == 0);
            let mask = self.target.as_ref().and_then(|target| target.mask(prefix));
            let row = RowDistribution::new(&dims, &logits[start..end], self.policy.temperature);
            let row = row.with_label(label).masked(mask.as_ref());
            self.cache.insert((*prefix).clone(), Arc::new(row));
            start = end;
        }
        Ok(())
    }
}

/// Whether the graph is complete: its last node has the output label, or it has the maximum number of nodes.
fn ended(network: &GraphNetwork, graph: &Graph) -> bool {
    let limits = network.shape().limits;
    let last = graph.nodes().checked_sub(1).map(|node| graph.node_label(node));
    graph.nodes() == limits.max_nodes || (last.is_some() && last == limits.output_label)
}
