//! The distribution of one row of a graph: the edges into a new node, their labels, and the node's label.

use crate::convert::to_u8;
use crate::generator::drawn::{log_softmax, log_sum, pick};
use crate::generator::sampling::{mixed, mixed_odds};
use crate::graph::Graph;
use crate::kernel::heads::{Head, HeadDims};
use rand::{Rng, RngExt};

/// What a new node and its edges are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Row {
    /// For every earlier node, the label of its edge to the new one (0 where edges carry none), or `None`.
    pub edges: Vec<Option<u8>>,
    /// The node's label, 0 where nodes carry none.
    pub label: u8,
}

impl Row {
    /// The row of a graph's node.
    #[must_use]
    pub fn of(graph: &Graph, node: usize) -> Self {
        Self { edges: (0..node).map(|from| graph.edge_label(from, node)).collect(), label: graph.node_label(node) }
    }

    /// The graph with this row added.
    #[must_use]
    pub fn added_to(&self, graph: &Graph) -> Graph {
        let mut longer = graph.grown();
        let node = graph.nodes();
        for (from, label) in self.edges.iter().enumerate() {
            if let Some(label) = label {
                longer.put(from, node, *label);
            }
        }
        longer.label(node, self.label);
        longer
    }
}

/// A row's distribution as logits, all divided by the temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct RowDistribution {
    /// log of the mixture's weights, K.
    mixture: Vec<f64>,
    /// log-odds of the edge from each earlier node under each component.
    theta: Vec<Vec<f64>>,
    /// log p of each label of the edge from each earlier node; empty where edges carry none.
    psi: Vec<Vec<f64>>,
    /// log p of each node label; empty where nodes carry none.
    phi: Vec<f64>,
    /// The label that the node has whatever `phi` says.
    fixed: Option<u8>,
}

impl RowDistribution {
    /// From the logits of a subgraph's nodes, the new one last.
    #[must_use]
    pub fn new(dims: &HeadDims, logits: &[f32], temperature: f64) -> Self {
        let rows: Vec<_> = logits.chunks_exact(dims.logits()).collect();
        let of = |row: &[f32], head| -> Vec<f64> {
            let at = dims.logits_at(head);
            row[at..at + dims.outputs(head)].iter().map(|logit| f64::from(*logit) / temperature).collect()
        };
        let nodes = rows.len();
        let mut means = vec![0.0; dims.mixtures as usize];
        for row in &rows {
            for (mean, logit) in means.iter_mut().zip(of(row, Head::Alpha)) {
                *mean += logit / nodes as f64;
            }
        }
        let earlier = &rows[..nodes - 1];
        Self {
            mixture: log_softmax(means),
            theta: earlier.iter().map(|row| of(row, Head::Theta)).collect(),
            psi: earlier.iter().map(|row| log_softmax(of(row, Head::Psi))).collect(),
            phi: log_softmax(of(rows[nodes - 1], Head::Phi)),
            fixed: None,
        }
    }

    /// The same for a node whose label is set instead of drawn (docs/method.md section 2: NAS-Bench-101's input).
    #[must_use]
    pub fn with_label(mut self, label: Option<u8>) -> Self {
        self.fixed = label;
        self
    }

    /// The same with so much of every decision drawn uniformly; the mixture's component is none.
    pub(super) fn mixed(&self, uniform: f64) -> Self {
        let odds = |row: &Vec<f64>| row.iter().map(|odds| mixed_odds(*odds, uniform)).collect();
        Self {
            mixture: self.mixture.clone(),
            theta: self.theta.iter().map(odds).collect(),
            psi: self.psi.iter().map(|row| mixed(row.clone(), uniform)).collect(),
            phi: mixed(self.phi.clone(), uniform),
            fixed: self.fixed,
        }
    }

    /// log p of a row.
    #[must_use]
    pub fn log_probability(&self, row: &Row) -> f64 {
        let component = |k: usize| {
            let edges = row.edges.iter().zip(&self.theta);
            self.mixture[k] + edges.map(|(edge, theta)| log_bernoulli(edge.is_some(), theta[k])).sum::<f64>()
        };
        let edges = log_sum(&(0..self.mixture.len()).map(component).collect::<Vec<_>>());
        let labels: f64 =
            row.edges.iter().zip(&self.psi).filter_map(|(edge, psi)| psi.get(usize::from((*edge)?))).sum();
        edges + labels + self.label_log_probability(row.label)
    }

    fn label_log_probability(&self, label: u8) -> f64 {
        match self.fixed {
            Some(fixed) if fixed == label => 0.0,
            Some(_) => f64::NEG_INFINITY,
            None => self.phi.get(usize::from(label)).copied().unwrap_or(0.0),
        }
    }

    /// Draws a row: the component, then every edge, then the labels.
    pub fn draw(&self, rng: &mut dyn Rng) -> Row {
        let component = pick(&self.mixture, rng);
        let edges = self
            .theta
            .iter()
            .zip(&self.psi)
            .map(|(theta, psi)| {
                let present = rng.random::<f64>() < sigmoid(theta[component]);
                present.then(|| to_u8(pick(psi, rng)))
            })
            .collect();
        let label = to_u8(pick(&self.phi, rng));
        Row { edges, label: self.fixed.unwrap_or(label) }
    }

    /// The likeliest rows of every component, at most `width` each and without repetition, with their log p.
    #[must_use]
    pub fn likely(&self, width: usize) -> Vec<(Row, f64)> {
        let mut rows: Vec<Row> = Vec::new();
        for component in 0..self.mixture.len() {
            for row in self.likely_of(component, width) {
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
        rows.into_iter().map(|row| (row.clone(), self.log_probability(&row))).collect()
    }

    /// The `width` likeliest rows of one component: its decisions are independent, so prefixes can be cut at `width`.
    fn likely_of(&self, component: usize, width: usize) -> Vec<Row> {
        let mut partial = vec![(0.0, Row { edges: Vec::new(), label: 0 })];
        for (theta, psi) in self.theta.iter().zip(&self.psi) {
            let mut options = vec![(log_bernoulli(false, theta[component]), None)];
            let present = log_bernoulli(true, theta[component]);
            let labels = psi.iter().enumerate().map(|(label, log)| (present + log, Some(to_u8(label))));
            options.extend(labels);
            if psi.is_empty() {
                options.push((present, Some(0)));
            }
            partial = extend(partial, &options, width, |row, edge| row.edges.push(*edge));
        }
        let labels: Vec<_> = match self.fixed {
            Some(label) => vec![(0.0, label)],
            None => self.phi.iter().enumerate().map(|(label, log)| (*log, to_u8(label))).collect(),
        };
        if !labels.is_empty() {
            partial = extend(partial, &labels, width, |row, label| row.label = *label);
        }
        partial.into_iter().map(|(_, row)| row).collect()
    }
}

/// Every partial row with every option, cut to the likeliest `width`.
fn extend<O>(
    partial: Vec<(f64, Row)>,
    options: &[(f64, O)],
    width: usize,
    add: impl Fn(&mut Row, &O),
) -> Vec<(f64, Row)> {
    let mut longer = Vec::with_capacity(partial.len() * options.len());
    for (log, row) in &partial {
        for (more, option) in options {
            let mut row = row.clone();
            add(&mut row, option);
            longer.push((log + more, row));
        }
    }
    longer.sort_by(|a, b| b.0.total_cmp(&a.0));
    longer.truncate(width);
    longer
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_bernoulli(present: bool, logit: f64) -> f64 {
    let signed = if present { -logit } else { logit };
    -(signed.max(0.0) + (-signed.abs()).exp().ln_1p())
}
