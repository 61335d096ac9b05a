//! Training batches in the kernels' layout: every row of every graph becomes a subgraph with one new node.

use crate::convert::to_u32;
use crate::graph::Graph;
use crate::kernel::message_passing::{TableBuilder, TableSizes, words};
use crate::kernel::mixture::target_len;

/// A training batch in the layout of the kernels.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Nodes and edges of the subgraphs ([`TableBuilder`]).
    pub table: Vec<u32>,
    /// Targets of every row ([`crate::kernel::mixture::likelihood`]).
    pub targets: Vec<u32>,
    /// Number of graphs, first subgraph of each, end of the last.
    pub graphs: Vec<u32>,
    /// Reward minus baseline of each graph.
    pub advantages: Vec<f32>,
}

impl Batch {
    /// Builds a batch of graphs with their advantages; `None` if they exceed the capacities.
    #[must_use]
    pub fn new(edge_labels: usize, capacity: usize, sizes: TableSizes, graphs: &[(&Graph, f32)]) -> Option<Self> {
        let mut builder = TableBuilder::new(edge_labels);
        let [mut low, mut high, mut labels, mut edge_kinds] = [const { Vec::new() }; 4];
        let mut starts = vec![to_u32(graphs.len()), 0];
        for (graph, _) in graphs {
            let predecessors = predecessor_sets(graph);
            for (node, set) in predecessors.iter().enumerate() {
                builder.push(&predecessors[..node], label_of(graph));
                let set = words(*set);
                low.push(set[0]);
                high.push(set[1]);
                labels.push(u32::from(graph.node_label(node)));
                edge_kinds.extend((0..=node).map(|from| u32::from(graph.edge_label(from, node).unwrap_or(0))));
            }
            starts.push(to_u32(labels.len()));
        }
        let table = builder.finish(sizes)?;
        if graphs.len() > capacity {
            return None;
        }
        let mut targets = Vec::with_capacity(target_len(sizes));
        let by_subgraph = [low, high, labels].map(|values| (values, sizes.subgraphs));
        for (values, capacity) in by_subgraph.into_iter().chain([(edge_kinds, sizes.nodes)]) {
            targets.extend_from_slice(&values);
            targets.resize(targets.len() + capacity - values.len(), 0);
        }
        starts.resize(capacity + 2, 0);
        let mut advantages: Vec<_> = graphs.iter().map(|(_, advantage)| *advantage).collect();
        advantages.resize(capacity, 0.0);
        Some(Self { table, targets, graphs: starts, advantages })
    }
}

/// Returns the predecessors of every node as a bit set.
#[must_use]
pub fn predecessor_sets(graph: &Graph) -> Vec<u64> {
    let set = |node| graph.predecessors(node).fold(0, |set, from| set | 1 << from);
    (0..graph.nodes()).map(set).collect()
}

/// Returns a function from two nodes of a graph to the label of their edge.
pub fn label_of(graph: &Graph) -> impl Fn(usize, usize) -> u32 + '_ {
    |from, to| u32::from(graph.edge_label(from, to).unwrap_or(0))
}
