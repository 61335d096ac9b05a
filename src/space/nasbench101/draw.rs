//! Random graphs of seven vertices.

use rand::{Rng, RngExt};

use super::{INPUT, MAX_VERTICES, OUTPUT};
use crate::graph::Graph;
use crate::space::Explorer;
use crate::space::explorer::first_valid;
use crate::space::topology::Topology;

/// Draws until a graph is valid; gives way to the uniform explorer, and that to the smallest cell.
pub(super) fn valid(explorer: &Explorer, rng: &mut dyn Rng, is_valid: impl Fn(&Graph) -> bool) -> Graph {
    first_valid(|| seven_vertices(explorer, rng), &is_valid)
        .or_else(|| first_valid(|| seven_vertices(&Explorer::Uniform, rng), &is_valid))
        .unwrap_or_else(smallest)
}

fn seven_vertices(explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
    let topology = Topology::new(explorer, MAX_VERTICES, rng);
    let mut graph = Graph::empty(MAX_VERTICES);
    for to in 0..MAX_VERTICES {
        graph.label(to, rng.random_range(INPUT + 1..OUTPUT));
        for from in 0..to {
            if topology.has_edge(from, to, rng) {
                graph.put(from, to, 0);
            }
        }
    }
    graph.label(0, INPUT);
    graph.label(MAX_VERTICES - 1, OUTPUT);
    graph
}

/// Input joined to output; reached only with a random source that repeats itself.
fn smallest() -> Graph {
    let mut graph = Graph::empty(2);
    graph.label(0, INPUT);
    graph.label(1, OUTPUT);
    graph.put(0, 1, 0);
    graph
}
