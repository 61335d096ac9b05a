//! Drawing graphs row by row, exact log-probabilities, and beam search.

use super::batch::{label_of, predecessor_sets};
use super::network::{GraphNetwork, InferencePlan};
use super::row::{Row, RowDistribution};
use crate::generator::SamplingPolicy;
use crate::generator::drawn::Drawn;
use crate::graph::Graph;
use crate::kernel::message_passing::{TableBuilder, TableSizes};
use crate::tape::TapeError;
use rand::Rng;
use std::collections::HashMap;
use std::sync::Arc;

/// Rows asked for at a time; fewer where graphs are large, so that a plan's memory stays moderate.
fn rows_at_a_time(max_nodes: usize) -> usize {
    const EDGES: usize = 4096;
    (EDGES / (max_nodes * max_nodes)).clamp(1, 64)
}

/// Past so many remembered prefixes the memory starts afresh.
const REMEMBERED: usize = 1 << 16;

/// The distribution of a network with fixed weights. Rows are remembered as they were learned, by the graph before
/// them, since most draws share their beginnings.
#[derive(Debug)]
pub struct Rollout {
    inference: InferencePlan,
    policy: SamplingPolicy,
    known: HashMap<Graph, Arc<RowDistribution>>,
}

impl Rollout {
    /// The distribution of the network, made so soft.
    ///
    /// # Errors
    /// When the plan does not fit the device.
    pub fn new(network: &GraphNetwork, policy: SamplingPolicy) -> Result<Self, TapeError> {
        let rows = rows_at_a_time(network.shape().limits.max_nodes);
        Ok(Self { inference: InferencePlan::new(network, rows)?, policy, known: HashMap::new() })
    }

    /// Draws so much of every decision uniformly from now on.
    pub fn set_epsilon(&mut self, epsilon: f64) {
        self.policy.epsilon = epsilon;
    }

    /// Forgets what was remembered; to be called when the weights change.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Draws `count` graphs.
    ///
    /// # Errors
    /// When the device fails.
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

    /// log p of a graph; it stops after its output node, or it has all nodes.
    ///
    /// # Errors
    /// When the device fails.
    pub fn log_probability(&mut self, network: &mut GraphNetwork, graph: &Graph) -> Result<f64, TapeError> {
        let prefixes: Vec<_> = (0..graph.nodes()).map(|nodes| graph.truncated(nodes)).collect();
        self.prepare(network, prefixes.iter())?;
        let mut sum = 0.0;
        for (node, prefix) in prefixes.iter().enumerate() {
            sum += self.next(network, prefix)?.log_probability(&Row::of(graph, node));
        }
        Ok(sum)
    }

    /// The likeliest graphs that keeping `width` beginnings at every row finds, likeliest first.
    ///
    /// # Errors
    /// When the device fails.
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

    /// The distribution of the row after `prefix`.
    ///
    /// # Errors
    /// When the device fails.
    pub fn next(&mut self, network: &mut GraphNetwork, prefix: &Graph) -> Result<Arc<RowDistribution>, TapeError> {
        if !self.known.contains_key(prefix) {
            self.prepare(network, std::iter::once(prefix))?;
        }
        let learned = self.known.get(prefix).ok_or_else(|| TapeError::UnknownSlot("a row".to_owned()))?;
        match self.policy.epsilon {
            0.0 => Ok(Arc::clone(learned)),
            uniform => Ok(Arc::new(learned.mixed(uniform))),
        }
    }

    /// Asks for the rows after all these prefixes that are not known yet.
    fn prepare<'a>(
        &mut self,
        network: &mut GraphNetwork,
        prefixes: impl Iterator<Item = &'a Graph>,
    ) -> Result<(), TapeError> {
        if self.known.len() > REMEMBERED {
            self.forget();
        }
        let mut missing: Vec<&Graph> = Vec::new();
        for prefix in prefixes {
            if !self.known.contains_key(prefix) && !missing.contains(&prefix) {
                missing.push(prefix);
            }
        }
        for part in missing.chunks(self.inference.sizes().subgraphs) {
            self.ask(network, part)?;
        }
        Ok(())
    }

    fn ask(&mut self, network: &mut GraphNetwork, prefixes: &[&Graph]) -> Result<(), TapeError> {
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
        let logits = self.inference.ask(network, &table)?;
        let dims = shape.head_dims(TableSizes::of_graphs(1, 1));
        let mut at = 0;
        for prefix in prefixes {
            let end = at + (prefix.nodes() + 1) * dims.logits();
            let set = shape.limits.input_label.filter(|_| prefix.nodes() == 0);
            let distribution = RowDistribution::new(&dims, &logits[at..end], self.policy.temperature).with_label(set);
            self.known.insert((*prefix).clone(), Arc::new(distribution));
            at = end;
        }
        Ok(())
    }
}

/// Whether the graph is complete: its last node carries the output label, or it has all nodes.
fn ended(network: &GraphNetwork, graph: &Graph) -> bool {
    let limits = network.shape().limits;
    let last = graph.nodes().checked_sub(1).map(|node| graph.node_label(node));
    graph.nodes() == limits.max_nodes || (last.is_some() && last == limits.output_label)
}
