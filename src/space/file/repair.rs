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

    /// Draws the operations one by one in random order, each among those with which `count` can still be satisfied. The
    /// edges stay as they are, except that some are added first if there are fewer than `count` needs, and that those
    /// without an allowed operation are removed. In-degrees stay within their bounds.
    fn choose_operations(&self, graph: &mut Graph, rng: &mut dyn Rng) {
        if self.carrier == Carrier::Edge {
            self.add_edges(graph, rng);
        }
        let pairs: Vec<_> = self.pairs(graph.nodes()).collect();
        let is_present = |position: &usize| match self.carrier {
            Carrier::Node => true,
            Carrier::Edge => graph.has_edge(pairs[*position].0, pairs[*position].1),
        };
        let mut order: Vec<usize> = (0..self.positions(self.present(graph))).filter(is_present).collect();
        let mut tally = Tally::new(self, &order);
        order.shuffle(rng);
        for position in order {
            tally.close(position);
            let options = self.options[position].iter().copied();
            let options = options.filter(|label| self.carrier == Carrier::Node || *label > 0);
            match (tally.choose(options, rng), self.carrier) {
                (Some(label), Carrier::Node) => graph.label(position + self.inputs, label),
                (Some(label), Carrier::Edge) => graph.put(pairs[position].0, pairs[position].1, label),
                (None, Carrier::Node) => {}
                (None, Carrier::Edge) => {
                    let (from, to) = pairs[position];
                    if self.may_be_absent(position) && graph.predecessors(to).count() > self.least_in_degree() {
                        graph.remove_edge(from, to);
                    }
                }
            }
        }
    }

    /// Adds random edges until there are as many as the minima of `count` need.
    fn add_edges(&self, graph: &mut Graph, rng: &mut dyn Rng) {
        let needed = Tally::new(self, &[]).needed(None);
        let most = self.in_degree.map_or(usize::MAX, |[_, max]| max);
        let mut absent: Vec<_> = self.pairs(graph.nodes()).enumerate().collect();
        absent.retain(|(_, (from, to))| !graph.has_edge(*from, *to));
        absent.shuffle(rng);
        for (position, (from, to)) in absent {
            let label = self.options[position].iter().find(|label| **label > 0);
            if graph.edge_count() < needed && graph.predecessors(to).count() < most {
                label.into_iter().for_each(|label| graph.put(from, to, *label));
            }
        }
    }
}
