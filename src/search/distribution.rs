//! Statistics of the learned distribution: probabilities of edges and operations, estimated from samples.

use crate::generator::Drawn;
use crate::graph::Graph;
use crate::space::Space;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Number of most likely samples that are stored.
const LIKELIEST: usize = 12;

/// Statistics of a generator's distribution, estimated from samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Graphs drawn.
    pub samples: usize,
    /// Distinct graphs.
    pub distinct: usize,
    /// Samples that are valid architectures of the space.
    pub valid: usize,
    /// Estimated entropy in nats: the mean of -log p.
    pub entropy: f64,
    /// Probability of an edge from each earlier node: `edges[to][from]`.
    pub edges: Vec<Vec<f64>>,
    /// Probability of each label for every node, `node_labels[node][label]`; a node's probabilities sum to less than 1
    /// if some graphs have fewer nodes. Empty without node labels.
    pub node_labels: Vec<Vec<f64>>,
    /// Probability of each edge label, `edge_labels[to][from][label]`; label 0 includes no edge. Empty without edge
    /// labels.
    pub edge_labels: Vec<Vec<Vec<f64>>>,
    /// The most likely sampled graphs.
    pub likeliest: Vec<Likely>,
}

/// A sampled graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Likely {
    /// Its text in the space; `None` if it is not a valid architecture.
    pub arch: Option<String>,
    /// Natural logarithm of its probability.
    pub log_probability: f64,
    /// Number of times it was drawn.
    pub count: usize,
}

impl Distribution {
    /// Computes the statistics of samples.
    #[must_use]
    pub fn of(drawn: &[Drawn], space: &dyn Space) -> Self {
        let limits = space.limits();
        let nodes = space.max_nodes();
        let weight = 1.0 / drawn.len().max(1) as f64;
        let rows = |labels: usize| (0..nodes).map(|to| vec![vec![0.0; labels]; to]).collect::<Vec<_>>();
        let mut edges: Vec<Vec<f64>> = (0..nodes).map(|to| vec![0.0; to]).collect();
        let mut node_labels = vec![vec![0.0; limits.node_labels]; if limits.node_labels > 0 { nodes } else { 0 }];
        let mut edge_labels = if limits.edge_labels > 0 { rows(limits.edge_labels) } else { Vec::new() };
        for Drawn { graph, .. } in drawn {
            let graph = &at_fixed_places(graph, space);
            for (row, label) in node_labels.iter_mut().zip(graph.node_labels()) {
                add(row, usize::from(*label), weight);
            }
            for (to, row) in edges.iter_mut().enumerate() {
                (0..to).filter(|from| graph.has_edge(*from, to)).for_each(|from| add(row, from, weight));
            }
            for (to, row) in edge_labels.iter_mut().enumerate() {
                for (from, labels) in row.iter_mut().enumerate() {
                    add(labels, graph.edge_label(from, to).map_or(0, usize::from), weight);
                }
            }
        }
        let entropy = -drawn.iter().map(|one| one.log_probability).sum::<f64>() * weight;
        let likeliest = distinct_graphs(drawn);
        let distinct = likeliest.len();
        let valid = drawn.iter().filter(|one| space.validate(&one.graph).is_ok()).count();
        let named = |(graph, log_probability, count): (&Graph, f64, usize)| Likely {
            arch: space.decode(graph).ok(),
            log_probability,
            count,
        };
        let likeliest = likeliest.into_iter().take(LIKELIEST).map(named).collect();
        Self { samples: drawn.len(), distinct, valid, entropy, edges, node_labels, edge_labels, likeliest }
    }
}

/// Returns the graph with every part at the place that it has if all parts before it have their largest size.
fn at_fixed_places(graph: &Graph, space: &dyn Space) -> Graph {
    if graph.nodes() == space.max_nodes() {
        return graph.clone();
    }
    let mut placed = Graph::empty(space.max_nodes());
    let mut first = 0;
    for (number, part) in space.split(graph).iter().enumerate() {
        for (node, label) in part.node_labels().iter().enumerate() {
            placed.label(first + node, *label);
        }
        part.edges().for_each(|(from, to, label)| placed.put(first + from, first + to, label));
        first += space.part_limits(number).max_nodes;
    }
    placed
}

fn add(row: &mut [f64], index: usize, weight: f64) {
    if let Some(sum) = row.get_mut(index) {
        *sum += weight;
    }
}

/// Returns every distinct graph with its highest log-probability and its count, by descending probability.
fn distinct_graphs(drawn: &[Drawn]) -> Vec<(&Graph, f64, usize)> {
    let mut indices: HashMap<&Graph, usize> = HashMap::new();
    let mut distinct: Vec<(&Graph, f64, usize)> = Vec::new();
    for Drawn { graph, log_probability } in drawn {
        let index = *indices.entry(graph).or_insert(distinct.len());
        match distinct.get_mut(index) {
            Some((_, log, count)) => (*log, *count) = (log.max(*log_probability), *count + 1),
            None => distinct.push((graph, *log_probability, 1)),
        }
    }
    distinct.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    distinct
}
