//! The edges that an explorer draws, before they are labelled; undirected models are oriented from lower to higher
//! index.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::Explorer;
use super::explorer::flip;
use crate::graph::Graph;

/// The edges that are present among the nodes.
pub(super) enum Topology {
    /// Each edge is present with the same probability, drawn on request.
    Independent(f64),
    /// The edges of a graph that was drawn completely.
    Drawn(Graph),
}

impl Topology {
    /// Draws the topology of `nodes` nodes; with [`Explorer::Uniform`] each edge has probability 1/2.
    pub(super) fn new(explorer: &Explorer, nodes: usize, rng: &mut dyn Rng) -> Topology {
        match *explorer {
            Explorer::Uniform => Topology::Independent(0.5),
            Explorer::ErdosRenyi { p } | Explorer::SizedErdosRenyi { p, .. } => Topology::Independent(p),
            Explorer::AnyDensity { from, to } => Topology::Independent(from + (to - from) * rng.random::<f64>()),
            Explorer::WattsStrogatz { neighbours, p } => Topology::Drawn(watts_strogatz(nodes, neighbours, p, rng)),
            Explorer::BarabasiAlbert { edges } => Topology::Drawn(barabasi_albert(nodes, edges, rng)),
        }
    }

    /// Returns whether the edge is present. Call it once per edge, as it may draw the answer.
    pub(super) fn has_edge(&self, from: usize, to: usize, rng: &mut dyn Rng) -> bool {
        match self {
            Topology::Independent(p) => flip(*p, rng),
            Topology::Drawn(graph) => graph.has_edge(from, to),
        }
    }
}

/// Returns the pair in ascending order.
fn ordered(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

fn connect(graph: &mut Graph, a: usize, b: usize) {
    let (from, to) = ordered(a, b);
    graph.put(from, to, 0);
}

/// Draws a Watts-Strogatz graph: a ring in which each node is joined to the nearest `neighbours / 2` nodes on either
/// side; then each clockwise edge is rewired with probability `p` to a node that its start is not joined to
/// (docs/method.md section 5). The number of edges does not change.
fn watts_strogatz(nodes: usize, neighbours: usize, p: f64, rng: &mut dyn Rng) -> Graph {
    let reach = (neighbours / 2).min(nodes.saturating_sub(1) / 2);
    let clockwise = || (1..=reach).flat_map(|step| (0..nodes).map(move |node| (node, (node + step) % nodes)));
    let mut ring = Graph::empty(nodes);
    clockwise().for_each(|(node, next)| connect(&mut ring, node, next));
    for (node, next) in clockwise() {
        if !flip(p, rng) {
            continue;
        }
        let candidates: Vec<usize> = (0..nodes).filter(|&other| other != node && !joined(&ring, node, other)).collect();
        if let Some(&other) = candidates.choose(rng) {
            let (from, to) = ordered(node, next);
            ring.remove_edge(from, to);
            connect(&mut ring, node, other);
        }
    }
    ring
}

fn joined(graph: &Graph, a: usize, b: usize) -> bool {
    let (from, to) = ordered(a, b);
    graph.has_edge(from, to)
}

/// Draws a Barabasi-Albert graph. It starts from `edges` nodes without edges, all of which are joined to the next node;
/// every further node is joined to `edges` distinct earlier ones, drawn in proportion to their degrees.
fn barabasi_albert(nodes: usize, edges: usize, rng: &mut dyn Rng) -> Graph {
    let start = edges.clamp(1, nodes.saturating_sub(1).max(1));
    let mut graph = Graph::empty(nodes);
    // Contains each node once for each of its edges, so that a uniform draw is proportional to the degree.
    let mut ends: Vec<usize> = Vec::new();
    let mut chosen: Vec<usize> = (0..start).collect();
    for node in start..nodes {
        for &earlier in &chosen {
            graph.put(earlier, node, 0);
            ends.extend([earlier, node]);
        }
        chosen = distinct(start, ends.clone(), rng);
    }
    graph
}

/// Draws `count` distinct values, each with probability proportional to its number of copies left in the urn.
fn distinct(count: usize, mut urn: Vec<usize>, rng: &mut dyn Rng) -> Vec<usize> {
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count
        && let Some(&value) = urn.choose(rng)
    {
        urn.retain(|&other| other != value);
        drawn.push(value);
    }
    drawn
}
