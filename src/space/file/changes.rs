//! The graphs of a part that differ from a graph by one change.

use super::part::{Carrier, Output, Part};
use crate::graph::Graph;

/// The number of exchanged pairs of edges, present or absent, that is not exceeded by much: in larger graphs only edges
/// that are close to each other in the order of edges are exchanged.
const MAX_EXCHANGES: usize = 4096;

impl Part {
    /// Returns the graphs that differ in one operation, one edge, the source of one edge where in-degrees are bounded, or
    /// the number of nodes of a chain. They may be invalid.
    pub(super) fn changed(&self, graph: &Graph) -> Vec<Graph> {
        let mut changed = Vec::new();
        let mut push = |change: &dyn Fn(&mut Graph)| {
            let mut copy = graph.clone();
            change(&mut copy);
            changed.push(copy);
        };
        let present = self.present(graph);
        let last = graph.nodes() - usize::from(self.output == Output::End);
        let mut position = 0;
        for node in 0..graph.nodes() {
            if self.carrier == Carrier::Node && (self.inputs..last.min(present)).contains(&node) {
                let other = self.options[node - self.inputs].iter().filter(|label| **label != graph.node_label(node));
                other.for_each(|label| push(&|copy| copy.label(node, *label)));
            }
            if self.chooses_edges() && node >= self.inputs.max(1) {
                self.change_edges(graph, node, position, &mut push);
                position += node;
            }
        }
        if self.may_be_shorter() {
            if present < self.max_nodes {
                self.options[present].iter().for_each(|label| push(&|copy| copy.label(present, *label)));
            }
            push(&|copy| copy.label(present - 1, 0));
        }
        if self.counts.iter().any(|count| count.min == count.max) {
            self.exchange_operations(graph, &mut push);
        }
        changed
    }

    /// Exchanges two operations, or an edge and an absent one: with a rule for an exact number, a change of a single one
    /// is often invalid.
    fn exchange_operations(&self, graph: &Graph, push: &mut Push<'_>) {
        let allows = |position: usize, label: u8| self.options[position].contains(&label);
        match self.carrier {
            Carrier::Node => {
                let nodes = self.inputs..self.inputs + self.positions(self.present(graph));
                for (first, second) in nodes.clone().flat_map(|to| (nodes.start..to).map(move |from| (from, to))) {
                    let (one, other) = (graph.node_label(first), graph.node_label(second));
                    if one != other && allows(first - self.inputs, other) && allows(second - self.inputs, one) {
                        push(&|copy| {
                            copy.label(first, other);
                            copy.label(second, one);
                        });
                    }
                }
            }
            Carrier::Edge => {
                let states = self.pairs(graph.nodes()).enumerate();
                let states = states.map(|(place, (from, to))| (place, from, to, graph.edge_label(from, to)));
                let states: Vec<_> = states.collect();
                let distance = (MAX_EXCHANGES / states.len().max(1)).max(1);
                let allows =
                    |place, state: Option<u8>| state.map_or(self.may_be_absent(place), |label| allows(place, label));
                for (at, &(place, from, to, one)) in states.iter().enumerate() {
                    for &(before, start, end, other) in &states[at.saturating_sub(distance)..at] {
                        if one != other && allows(place, other) && allows(before, one) {
                            push(&|copy| {
                                set_edge(copy, (from, to), other);
                                set_edge(copy, (start, end), one);
                            });
                        }
                    }
                }
            }
        }
    }

    /// Changes the edges into a node; `start` is the position of the first one.
    fn change_edges(&self, graph: &Graph, to: usize, start: usize, push: &mut Push<'_>) {
        for from in 0..to {
            let label = graph.edge_label(from, to);
            let options: &[u8] = if self.carrier == Carrier::Edge { &self.options[start + from] } else { &[0] };
            for option in options.iter().filter(|option| self.carrier == Carrier::Node || **option > 0) {
                if label != Some(*option) {
                    push(&|copy| copy.put(from, to, *option));
                }
            }
            let Some(label) = label else { continue };
            push(&|copy| {
                copy.remove_edge(from, to);
            });
            if self.in_degree.is_some() {
                for source in (0..to).filter(|source| !graph.has_edge(*source, to)) {
                    push(&|copy| {
                        copy.remove_edge(from, to);
                        copy.put(source, to, label);
                    });
                }
            }
        }
    }
}

/// Adds a graph that differs by a change.
type Push<'a> = dyn FnMut(&dyn Fn(&mut Graph)) + 'a;

/// Adds, changes or removes an edge.
fn set_edge(graph: &mut Graph, (from, to): (usize, usize), label: Option<u8>) {
    match label {
        Some(label) => graph.put(from, to, label),
        None => {
            graph.remove_edge(from, to);
        }
    }
}
