//! The learned distribution in figures: how likely each edge and each operation is, estimated from draws.

use crate::generator::Drawn;
use crate::graph::Graph;
use crate::space::Space;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Likeliest draws that are kept.
const LIKELIEST: usize = 12;

/// What draws from a generator tell of its distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Graphs drawn.
    pub samples: usize,
    /// Different ones among them.
    pub distinct: usize,
    /// Architectures of the space among them.
    pub valid: usize,
    /// Mean of -log p in nats: an estimate of the entropy.
    pub entropy: f64,
    /// For every node the probability of an edge from each node before it: `edges[to][from]`.
    pub edges: Vec<Vec<f64>>,
    /// For every node the probability of each label, 0 where the graph has no such node; empty without labels.
    pub node_labels: Vec<Vec<f64>>,
    /// For every pair the probability of each label of its edge, `edge_labels[to][from][label]`, that of label 0 being
    /// the probability of no edge; empty without labels.
    pub edge_labels: Vec<Vec<Vec<f64>>>,
    /// The likeliest of what was drawn.
    pub likeliest: Vec<Likely>,
}

/// A graph that was drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Likely {
    /// Its text in the space; none where it is no architecture.
    pub arch: Option<String>,
    /// Natural logarithm of its probability.
    pub log_probability: f64,
    /// How often it was drawn.
    pub count: usize,
}

impl Distribution {
    /// What these draws tell.
    #[must_use]
    pub fn of(drawn: &[Drawn], space: &dyn Space) -> Self {
        let limits = space.limits();
        let nodes = limits.max_nodes * space.parts();
        let share = 1.0 / drawn.len().max(1) as f64;
        let rows = |labels: usize| (0..nodes).map(|to| vec![vec![0.0; labels]; to]).collect::<Vec<_>>();
        let mut edges: Vec<Vec<f64>> = (0..nodes).map(|to| vec![0.0; to]).collect();
        let mut node_labels = vec![vec![0.0; limits.node_labels]; if limits.node_labels > 0 { nodes } else { 0 }];
        let mut edge_labels = if limits.edge_labels > 0 { rows(limits.edge_labels) } else { Vec::new() };
        for Drawn { graph, .. } in drawn {
            for (row, label) in node_labels.iter_mut().zip(graph.node_labels()) {
                add(row, usize::from(*label), share);
            }
            for (to, row) in edges.iter_mut().enumerate() {
                (0..to).filter(|from| graph.has_edge(*from, to)).for_each(|from| add(row, from, share));
            }
            for (to, row) in edge_labels.iter_mut().enumerate() {
                for (from, labels) in row.iter_mut().enumerate() {
                    add(labels, graph.edge_label(from, to).map_or(0, usize::from), share);
                }
            }
        }
        let entropy = -drawn.iter().map(|one| one.log_probability).sum::<f64>() * share;
        let likeliest = counted(drawn);
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

fn add(row: &mut [f64], place: usize, share: f64) {
    if let Some(sum) = row.get_mut(place) {
        *sum += share;
    }
}

/// Every graph once with its highest probability and how often it was drawn, likeliest first.
fn counted(drawn: &[Drawn]) -> Vec<(&Graph, f64, usize)> {
    let mut places: HashMap<&Graph, usize> = HashMap::new();
    let mut found: Vec<(&Graph, f64, usize)> = Vec::new();
    for Drawn { graph, log_probability } in drawn {
        let place = *places.entry(graph).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, log, count)) => (*log, *count) = (log.max(*log_probability), *count + 1),
            None => found.push((graph, *log_probability, 1)),
        }
    }
    found.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    found
}
