//! Networks of architectures: building, cost and execution.

use crate::common;

mod build;
mod run;
mod sharing;
mod supernet;

use graphpnas::graph::Graph;
use graphpnas::network::Task;

const CIFAR: Task = Task::CIFAR10;

/// A DARTS cell from the published form: two (operation, input) pairs per node.
fn darts_cell(pairs: [(&str, usize); 8]) -> Graph {
    let space = common::opened("darts");
    let mut graph = Graph::empty(6);
    for (index, (operation, from)) in pairs.into_iter().enumerate() {
        let label = (1..8).find(|label| space.edge_label(0, *label) == Some(operation)).unwrap();
        graph.set_edge(from, 2 + index / 2, label).unwrap();
    }
    graph
}

/// The second-order cells of the DARTS paper.
fn darts_v2() -> [Graph; 2] {
    let (sep, max, skip, dil) = ("sep_conv_3x3", "max_pool_3x3", "skip_connect", "dil_conv_3x3");
    let normal = darts_cell([(sep, 0), (sep, 1), (sep, 0), (sep, 1), (sep, 1), (skip, 0), (skip, 0), (dil, 2)]);
    let reduction = darts_cell([(max, 0), (max, 1), (skip, 2), (max, 1), (max, 0), (skip, 2), (skip, 2), (max, 1)]);
    [normal, reduction]
}

/// An unlabelled graph.
fn graph_of(nodes: usize, edges: &[(usize, usize)]) -> Graph {
    let mut graph = Graph::empty(nodes);
    edges.iter().for_each(|(from, to)| graph.set_edge(*from, *to, 0).unwrap());
    graph
}
