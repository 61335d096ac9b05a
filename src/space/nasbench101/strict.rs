//! NAS-Bench-101 without dangling vertices, as in the authors' runs.

use super::{NasBench101, checked_prune, draw};
use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use crate::space::diagram::Panel;
use crate::space::{ArchError, ArchText, BuildError, Explorer, InvalidGraph, Limits, Recognition, Space};
use rand::Rng;

/// NAS-Bench-101 in which a graph with a vertex on no path from input to output is invalid, for explorers and
/// generators (docs/method.md section 3). Names, texts and keys equal those of [`NasBench101`], which prunes such
/// vertices instead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strict;

impl Space for Strict {
    fn name(&self) -> &str {
        NasBench101.name()
    }

    fn limits(&self) -> Limits {
        NasBench101.limits()
    }

    fn node_label(&self, _: usize, label: u8) -> Option<&str> {
        NasBench101.node_label(0, label)
    }

    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        NasBench101.recognises(text)
    }

    /// Parses a text as [`NasBench101`] does and prunes dangling vertices, so that texts from other sources are
    /// accepted.
    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let graph = NasBench101.encode(arch)?;
        Ok(checked_prune(&graph).unwrap_or(graph))
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        NasBench101.decode(graph)
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        let pruned = checked_prune(graph)?.nodes();
        match graph.nodes() - pruned {
            0 => Ok(()),
            count => Err(InvalidGraph::Dangling { count }),
        }
    }

    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        NasBench101.canonical(graph)
    }

    fn size(&self) -> f64 {
        NasBench101.size()
    }

    fn published_size(&self) -> Size {
        NasBench101.published_size()
    }

    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        drop_path: f32,
    ) -> Result<Network, BuildError> {
        NasBench101.build_network(builder, graph, task, size, drop_path)
    }

    fn shares_weights(&self) -> bool {
        NasBench101.shares_weights()
    }

    fn shared_network(&self, task: Task, size: Size) -> Result<Network, BuildError> {
        NasBench101.shared_network(task, size)
    }

    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        NasBench101.diagram(graph)
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        draw::valid(explorer, rng, |graph| self.validate(graph).is_ok())
    }
}
