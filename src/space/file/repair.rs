//! Draws under rules that random graphs hardly ever satisfy: graphs are changed until they satisfy `count` and
//! `max_edges`.

use super::part::{Carrier, Output, Part};
use super::tally::Tally;
use crate::graph::Graph;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt};

impl Part {
    /// Whether [`Part::repaired`] can help.
    pub(super) fn is_repairable(&self) -> bool {
        !self.counts.is_empty() || self.max_edges.is_some()
    }

    /// Returns a drawn graph with fewer edges and other operations, so that it satisfies `max_edges` and `count` in most
    /// cases. The result is not uniform.
    pub(super) fn repaired(&self, mut graph: Graph, prunes: bool, rng: &mut dyn Rng) -> Graph {
        if let Some(max) = self.max_edges {
            self.remove_edges(&mut graph, max, prunes, rng);
        }
        if !self.counts.is_empty() {
            self.choose_operations(&mut graph, rng);
        }
        graph
    }

    /// Removes random edges until `max` are left that count, but none that is required, that a minimum in-degree needs, or
    /// that are on a path from an input to the output.
    fn remove_edges(&self, graph: &mut Graph, max: usize, prunes: bool, rng: &mut dyn Rng) {
        let end = (self.output == Output::End).then(|| graph.nodes() - 1);
        let mut kept = if prunes { self.path(graph, rng) } else { Vec::new() };
        if self.carrier == Carrier::Edge {
            let pairs = self.pairs(graph.nodes()).enumerate();
            kept.extend(pairs.filter(|(position, _)| !self.may_be_absent(*position)).map(|(_, pair)| pair));
        }
        let mut edges: Vec<(usize, usize)> = graph.edges().map(|(from, to, _)| (from, to)).collect();
        edges.shuffle(rng);
        for (from, to) in edges {
            if self.counted_edges(graph, prunes) <= max {
                return;
            }
            let least = if end == Some(to) { 0 } else { self.least_in_degree() };
            if !kept.contains(&(from, to)) && graph.predecessors(to).count() > least {
                graph.remove_edge(from, to);
            }
        }
    }

    /// Returns the edges of a random path from an input to the output; an incomplete one if there is none.
    fn path(&self, graph: &Graph, rng: &mut dyn Rng) -> Vec<(usize, usize)> {
        let fed = self.fed(graph);
        let last = graph.nodes() - 1;
        let mut to = match self.output {
            Output::Last | Output::End => last,
            Output::Leaves | Output::Inner => rng.random_range(self.inputs.min(last)..=last),
        };
        let mut path = Vec::new();
        while to >= self.inputs {
            let sources: Vec<usize> = graph.predecessors(to).filter(|from| fed[*from]).collect();
            let Some(&from) = sources.choose(rng) else { break };
            path.push((from, to));
            to = from;
        }
        path
    }

    /// Draws the operations one by one in random order, each among those with which `count` can still be satisfied. Edges
    /// stay present or absent where `count` allows it, and never leave the bounds of in-degrees.
    fn choose_operations(&self, graph: &mut Graph, rng: &mut dyn Rng) {
        let pairs: Vec<_> = self.pairs(graph.nodes()).collect();
        let mut order: Vec<usize> = (0..self.positions(self.present(graph))).collect();
        let mut tally = Tally::new(self, order.len());
        order.shuffle(rng);
        for position in order {
            tally.close(position);
            let present = self.options[position].iter().copied().map(Some);
            if self.carrier == Carrier::Node {
                let label = tally.choose(present, rng).flatten();
                label.into_iter().for_each(|label| graph.label(position + self.inputs, label));
                continue;
            }
            let (from, to) = pairs[position];
            let degree = graph.predecessors(to).count();
            let [least, most] = self.in_degree.unwrap_or([0, usize::MAX]);
            let is_present = graph.has_edge(from, to);
            let present = present.filter(|label| *label > Some(0) && (is_present || degree < most));
            let may_be_absent = self.may_be_absent(position) && (!is_present || degree > least);
            let absent = [None].into_iter().filter(|_| may_be_absent);
            let choice = match is_present {
                true => tally.choose(present, rng).or_else(|| tally.choose(absent, rng)),
                false => tally.choose(absent, rng).or_else(|| tally.choose(present, rng)),
            };
            match choice {
                Some(Some(label)) => graph.put(from, to, label),
                Some(None) => {
                    graph.remove_edge(from, to);
                }
                None => {}
            }
        }
    }
}
