//! The LSTM controller: its distribution, its gradients, its updates, its files.

use crate::common;

mod distribution;
mod gradient;
mod saved;
mod update;

use graphpnas::device::Device;
use graphpnas::generator::lstm::{Dimensions, LstmNetwork};
use graphpnas::graph::Graph;
use graphpnas::space::Limits;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Three nodes with two labels, the second of which is the output label.
const LABELLED: Limits = Limits {
    max_nodes: 3,
    min_nodes: 1,
    node_labels: 2,
    edge_labels: 0,
    in_degree: 2,
    input_label: None,
    output_label: Some(1),
};
/// Three nodes with three edge labels, including "none".
const EDGES: Limits = Limits {
    max_nodes: 3,
    min_nodes: 3,
    node_labels: 0,
    edge_labels: 3,
    in_degree: 2,
    input_label: None,
    output_label: None,
};

/// Returns both spaces with and without attention.
fn shapes(hidden: usize) -> Vec<Dimensions> {
    let variants = [LABELLED, EDGES].into_iter().flat_map(|limits| [false, true].map(|attention| (limits, attention)));
    variants.map(|(limits, attention)| Dimensions { limits, hidden, attention }).collect()
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Creates a network whose weights are large enough for a distribution far from uniform.
fn network(shape: Dimensions, device: &Device) -> LstmNetwork {
    let mut network = LstmNetwork::new(shape, device, &mut rng(5)).unwrap();
    for slot in network.slots().to_vec() {
        let numbers: Vec<_> = network.read(&slot).unwrap().iter().map(|x| 3.0 * x).collect();
        network.write(&slot, &numbers).unwrap();
    }
    network
}

/// Returns every graph of a tiny space.
fn graphs(limits: Limits) -> Vec<Graph> {
    let mut done = Vec::new();
    let mut open = vec![Graph::empty(0)];
    while let Some(graph) = open.pop() {
        let node = graph.nodes();
        let ended = node > 0 && limits.output_label == Some(graph.node_label(node - 1));
        if node == limits.max_nodes || ended {
            done.push(graph);
            continue;
        }
        for label in 0..limits.node_labels.max(1) {
            open.extend(rows(&graph.with_added_node(), limits).into_iter().map(|mut graph| {
                graph.set_node_label(node, label as u8).unwrap();
                graph
            }));
        }
    }
    done
}

/// Returns the graph with every possible row of edges into its last node.
fn rows(graph: &Graph, limits: Limits) -> Vec<Graph> {
    let (kinds, to) = (limits.edge_labels.max(2), graph.nodes() - 1);
    let mut graphs = vec![graph.clone()];
    for from in 0..to {
        graphs = graphs
            .iter()
            .flat_map(|graph| (0..kinds).map(move |kind| (graph.clone(), kind)))
            .map(put(from, to, limits))
            .collect();
    }
    graphs
}

fn put(from: usize, to: usize, limits: Limits) -> impl Fn((Graph, usize)) -> Graph {
    move |(mut graph, kind)| {
        if kind > 0 {
            graph.set_edge(from, to, if limits.edge_labels > 0 { kind as u8 } else { 0 }).unwrap();
        }
        graph
    }
}
