//! Random valid graphs, of seven vertices unless the explorer draws the number of vertices.

use rand::{Rng, RngExt};

use super::{INPUT, MAX_VERTICES, MIN_VERTICES, OUTPUT};
use crate::graph::Graph;
use crate::space::Explorer;
use crate::space::explorer::first_valid;
use crate::space::topology::Topology;

/// Draws until a graph is valid. Falls back to the uniform explorer, then to the smallest cell.
pub(super) fn valid(explorer: &Explorer, rng: &mut dyn Rng, is_valid: impl Fn(&Graph) -> bool) -> Graph {
    let vertices = match *explorer {
        // Drawn once, not per attempt: otherwise sizes with few valid graphs would be rarer than others.
        Explorer::SizedErdosRenyi { from, to, .. } => {
            let largest = to.clamp(MIN_VERTICES, MAX_VERTICES);
            rng.random_range(from.clamp(MIN_VERTICES, largest)..=largest)
        }
        _ => MAX_VERTICES,
    };
    first_valid(|| draw(explorer, vertices, rng), &is_valid)
        .or_else(|| first_valid(|| draw(&Explorer::Uniform, MAX_VERTICES, rng), &is_valid))
        .unwrap_or_else(smallest)
}

fn draw(explorer: &Explorer, vertices: usize, rng: &mut dyn Rng) -> Graph {
    let topology = Topology::new(explorer, vertices, rng);
    let mut graph = Graph::empty(vertices);
    for to in 0..vertices {
        graph.label(to, rng.random_range(INPUT + 1..OUTPUT));
        for from in 0..to {
            if topology.has_edge(from, to, rng) {
                graph.put(from, to, 0);
            }
        }
    }
    graph.label(0, INPUT);
    graph.label(vertices - 1, OUTPUT);
    graph
}

/// Returns the cell with only an edge from input to output; used only if the random source is degenerate.
fn smallest() -> Graph {
    let mut graph = Graph::empty(2);
    graph.label(0, INPUT);
    graph.label(1, OUTPUT);
    graph.put(0, 1, 0);
    graph
}
