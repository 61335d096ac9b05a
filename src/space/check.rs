//! What several spaces ask of a graph.

use std::ops::Range;

use super::InvalidGraph;
use crate::graph::Graph;

/// The graph must have exactly `nodes` nodes.
pub(super) fn node_count(graph: &Graph, nodes: usize) -> Result<(), InvalidGraph> {
    let found = graph.nodes();
    if found == nodes { Ok(()) } else { Err(InvalidGraph::NodeCount { found, min: nodes, max: nodes }) }
}

/// Every node label must be one of `known`, which `expected` puts in words.
pub(super) fn node_labels(graph: &Graph, known: Range<u8>, expected: &'static str) -> Result<(), InvalidGraph> {
    let labels = graph.node_labels().iter().enumerate();
    match labels.map(|(node, &label)| (node, label)).find(|(_, label)| !known.contains(label)) {
        None => Ok(()),
        Some((node, label)) => Err(InvalidGraph::NodeLabel { node, label, expected }),
    }
}

/// No node may carry an operation.
pub(super) fn bare_nodes(graph: &Graph) -> Result<(), InvalidGraph> {
    node_labels(graph, 0..1, "0, as nodes carry no operation")
}

/// Every edge label must be one of `known`, which `expected` puts in words.
pub(super) fn edge_labels(graph: &Graph, known: Range<u8>, expected: &'static str) -> Result<(), InvalidGraph> {
    match graph.edges().find(|(_, _, label)| !known.contains(label)) {
        None => Ok(()),
        Some((from, to, label)) => Err(InvalidGraph::EdgeLabel { from, to, label, expected }),
    }
}

/// No edge may carry an operation.
pub(super) fn bare_edges(graph: &Graph) -> Result<(), InvalidGraph> {
    edge_labels(graph, 0..1, "0, as edges carry no operation")
}

/// No edge may join two of the parts of `size` nodes each.
pub(super) fn parts_apart(graph: &Graph, size: usize) -> Result<(), InvalidGraph> {
    match graph.edges().find(|(from, to, _)| from / size != to / size) {
        None => Ok(()),
        Some((from, to, _)) => Err(InvalidGraph::CrossEdge { from, to }),
    }
}
