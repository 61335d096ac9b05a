//! Checks of a graph that several spaces share.

use std::ops::Range;

use super::InvalidGraph;
use crate::graph::Graph;

/// Requires exactly `nodes` nodes.
pub(super) fn node_count(graph: &Graph, nodes: usize) -> Result<(), InvalidGraph> {
    let found = graph.nodes();
    if found == nodes { Ok(()) } else { Err(InvalidGraph::NodeCount { found, min: nodes, max: nodes }) }
}

/// Requires every node label to be in `known`; `expected` describes that range in the error.
pub(super) fn node_labels(graph: &Graph, known: Range<u8>, expected: &'static str) -> Result<(), InvalidGraph> {
    let labels = graph.node_labels().iter().enumerate();
    match labels.map(|(node, &label)| (node, label)).find(|(_, label)| !known.contains(label)) {
        None => Ok(()),
        Some((node, label)) => Err(InvalidGraph::NodeLabel { node, label, expected }),
    }
}

/// Requires every edge label to be in `known`; `expected` describes that range in the error.
pub(super) fn edge_labels(graph: &Graph, known: Range<u8>, expected: &'static str) -> Result<(), InvalidGraph> {
    match graph.edges().find(|(_, _, label)| !known.contains(label)) {
        None => Ok(()),
        Some((from, to, label)) => Err(InvalidGraph::EdgeLabel { from, to, label, expected }),
    }
}

/// Requires every edge label to be 0, because the edges of the space carry no operation.
pub(super) fn no_edge_labels(graph: &Graph) -> Result<(), InvalidGraph> {
    edge_labels(graph, 0..1, "0, as edges carry no operation")
}
