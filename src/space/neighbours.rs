//! Graphs that differ from a graph in one change: the moves of evolution and local search.

use super::Limits;
use crate::graph::Graph;

/// Returns the graphs that differ in one node label or in one edge (added, removed or relabelled) inside one of the
/// `parts`. They may be invalid.
pub(super) fn single_changes(graph: &Graph, limits: Limits, parts: usize) -> Vec<Graph> {
    let size = graph.nodes().checked_div(parts).unwrap_or(0).max(1);
    let mut changed = Vec::new();
    for to in 0..graph.nodes() {
        changed.extend(other_node_labels(graph, to, limits.node_labels));
        for from in (0..to).filter(|from| from / size == to / size) {
            changed.extend(other_edges(graph, from, to, limits.edge_labels));
        }
    }
    changed
}

fn other_node_labels(graph: &Graph, node: usize, labels: usize) -> impl Iterator<Item = Graph> {
    let other = (0..=u8::MAX).take(labels).filter(move |&label| label != graph.node_label(node));
    other.map(move |label| {
        let mut changed = graph.clone();
        changed.label(node, label);
        changed
    })
}

/// Returns the graphs with any other state of an edge; label 0 is an edge only in a space without edge labels.
fn other_edges(graph: &Graph, from: usize, to: usize, labels: usize) -> impl Iterator<Item = Graph> {
    let present = if labels == 0 { 0..1 } else { 1..labels };
    let states = (0..=u8::MAX).take(present.end).skip(present.start).map(Some).chain([None]);
    let other = states.filter(move |&state| state != graph.edge_label(from, to));
    other.map(move |state| {
        let mut changed = graph.clone();
        match state {
            Some(label) => changed.put(from, to, label),
            None => drop(changed.remove_edge(from, to)),
        }
        changed
    })
}
