//! The dimensions of a GraphPNAS generator, determined by the space and the configuration.

use crate::bounds::bound;
use crate::convert::to_u32;
use crate::generator::{DimensionsError, GeneratorConfig};
use crate::kernel::heads::HeadDims;
use crate::kernel::message_passing::{Dims, MAX_NODES, TableSizes};
use crate::space::{Limits, Space};

/// The sizes of docs/method.md section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Limits of the space's graphs.
    pub limits: Limits,
    /// Hidden size H.
    pub hidden: usize,
    /// Mixture components K.
    pub mixtures: usize,
    /// Message-passing layers.
    pub layers: usize,
    /// Hidden size of the attention network.
    pub attention: usize,
}

/// The largest hidden size: enough for [`MAX_NODES`] nodes and all labels that an edge can have.
const MAX_HIDDEN: usize = 320;

/// Returns the smallest hidden size of a generator for every part of a space.
#[must_use]
pub fn smallest_hidden(space: &dyn Space) -> usize {
    (0..space.parts()).map(|part| smallest(space.part_limits(part))).max().unwrap_or(0)
}

/// The edge input has three position rows, one row per node and one row per label; the kernels take multiples of four.
fn smallest(limits: Limits) -> usize {
    (limits.max_nodes + limits.edge_labels + 3).next_multiple_of(4)
}

impl Dimensions {
    /// Returns the dimensions of a configuration for graphs with these limits.
    #[must_use]
    pub fn new(limits: Limits, config: &GeneratorConfig) -> Self {
        let GeneratorConfig { hidden, mixtures, layers, attention_hidden: attention, .. } = *config;
        Self { limits, hidden, mixtures, layers, attention }
    }

    /// Checks the requirements of the kernels and of the edge input.
    ///
    /// # Errors
    /// [`DimensionsError`] names the configuration key and its range.
    pub fn check(&self) -> Result<(), DimensionsError> {
        let max_nodes = self.limits.max_nodes;
        let refuse = |why: String| Err(DimensionsError(why));
        if max_nodes == 0 || max_nodes > MAX_NODES {
            return refuse(format!("GraphPNAS supports graphs of 1 to {MAX_NODES} nodes, not {max_nodes}"));
        }
        let min_hidden = smallest(self.limits);
        if !self.hidden.is_multiple_of(4) || !(min_hidden..=MAX_HIDDEN).contains(&self.hidden) {
            return refuse(format!(
                "generator.hidden must be a multiple of 4 from {min_hidden} to {MAX_HIDDEN} for this space, not {}",
                self.hidden
            ));
        }
        if !self.attention.is_multiple_of(4) {
            return refuse(format!("generator.attention_hidden must be a multiple of 4, not {}", self.attention));
        }
        let counts = [
            ("generator.attention_hidden", self.attention),
            ("generator.layers", self.layers),
            ("generator.mixtures", self.mixtures),
        ];
        for (key, count) in counts {
            if let Some(bound) = bound(key).filter(|bound| !bound.has(count as f64)) {
                return refuse(format!("{key} {}", bound.refusal(&count)));
            }
        }
        Ok(())
    }

    /// Returns the sizes of the message passing for a batch with these capacities.
    #[must_use]
    pub fn dims(&self, sizes: TableSizes) -> Dims {
        Dims {
            hidden: to_u32(self.hidden),
            attention: to_u32(self.attention),
            layers: to_u32(self.layers),
            max_nodes: to_u32(self.limits.max_nodes),
            edge_labels: to_u32(self.limits.edge_labels),
            subgraphs: to_u32(sizes.subgraphs),
            nodes: to_u32(sizes.nodes),
            edges: to_u32(sizes.edges),
        }
    }

    /// Returns the sizes of the output heads for the same batch.
    #[must_use]
    pub fn head_dims(&self, sizes: TableSizes) -> HeadDims {
        HeadDims {
            hidden: to_u32(self.hidden),
            mixtures: to_u32(self.mixtures),
            edge_labels: to_u32(self.limits.edge_labels),
            node_labels: to_u32(self.limits.node_labels),
            subgraphs: to_u32(sizes.subgraphs),
            nodes: to_u32(sizes.nodes),
            edges: to_u32(sizes.edges),
        }
    }

    /// Number of weights of the message passing.
    #[must_use]
    pub fn propagation_len(&self) -> usize {
        self.dims(TableSizes::of_graphs(1, 1)).weights()
    }

    /// Number of weights of the output heads.
    #[must_use]
    pub fn heads_len(&self) -> usize {
        self.head_dims(TableSizes::of_graphs(1, 1)).weights()
    }
}
