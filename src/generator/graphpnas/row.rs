//! The distribution of one row of a graph: the edges into a new node, their labels, and the node's label.

use crate::convert::to_u8;
use crate::generator::drawn::{log_softmax, log_sum, pick};
use crate::generator::sampling::{masked, mixed, mixed_odds};
use crate::graph::Graph;
use crate::kernel::heads::{Head, HeadDims};
use crate::space::RowMask;
use rand::{Rng, RngExt};

/// A new node with its label and incoming edges.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Row {
    /// For every earlier node, the label of its edge to the new node (0 in spaces without edge labels), or `None`.
    pub edges: Vec<Option<u8>>,
    /// Label of the new node; 0 in spaces without node labels.
    pub label: u8,
}

impl Row {
    /// Returns the row of a node of a graph.
    #[must_use]
    pub fn of(graph: &Graph, node: usize) -> Self {
        Self { edges: (0..node).map(|from| graph.edge_label(from, node)).collect(), label: graph.node_label(node) }
    }

    /// Returns the graph with this row added.
    #[must_use]
    pub fn added_to(&self, graph: &Graph) -> Graph {
        let mut extended = graph.with_added_node();
        let node = graph.nodes();
        for (from, label) in self.edges.iter().enumerate() {
            if let Some(label) = label {
                extended.put(from, node, *label);
            }
        }
        extended.label(node, self.label);
        extended
    }
}

/// The distribution of a row; all logits are divided by the temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct RowDistribution {
    /// Log-weights of the mixture, `[components]`.
    mixture: Vec<f64>,
    /// Log-odds of edges, `[earlier nodes][components]`.
    theta: Vec<Vec<f64>>,
    /// Log-probabilities of edge labels, `[earlier nodes][labels]`; the rows are empty without edge labels.
    psi: Vec<Vec<f64>>,
    /// Log-probabilities of node labels, `[labels]`; empty without node labels.
    phi: Vec<f64>,
    /// Fixed node label that overrides `phi`.
    fixed: Option<u8>,
    /// The smallest and the largest number of edges.
    degree: [usize; 2],
}

impl RowDistribution {
    /// Creates the distribution from the logits of a subgraph's nodes, the new node last.
    #[must_use]
    pub fn new(dims: &HeadDims, logits: &[f32], temperature: f64) -> Self {
        let rows: Vec<_> = logits.chunks_exact(dims.logits()).collect();
        let head_logits = |row: &[f32], head| -> Vec<f64> {
            let start = dims.logits_at(head);
            row[start..start + dims.outputs(head)].iter().map(|logit| f64::from(*logit) / temperature).collect()
        };
        let nodes = rows.len();
        let mut means = vec![0.0; dims.mixtures as usize];
        for row in &rows {
            for (mean, logit) in means.iter_mut().zip(head_logits(row, Head::Alpha)) {
                *mean += logit / nodes as f64;
            }
        }
        let earlier = &rows[..nodes - 1];
        Self {
            mixture: log_softmax(means),
            theta: earlier.iter().map(|row| head_logits(row, Head::Theta)).collect(),
            psi: earlier.iter().map(|row| log_softmax(head_logits(row, Head::Psi))).collect(),
            phi: log_softmax(head_logits(rows[nodes - 1], Head::Phi)),
            fixed: None,
            degree: [0, nodes],
        }
    }

    /// Sets a fixed node label instead of a sampled one (docs/method.md section 2: the input of NAS-Bench-101).
    #[must_use]
    pub fn with_label(mut self, label: Option<u8>) -> Self {
        self.fixed = label;
        self
    }

    /// Excludes what the space does not allow.
    #[must_use]
    pub fn masked(mut self, mask: Option<&RowMask>) -> Self {
        let Some(RowMask { labels, edges, degree }) = mask else { return self };
        for ((theta, psi), states) in self.theta.iter_mut().zip(&mut self.psi).zip(edges) {
            let certain = match (states.contains(&None), states.iter().any(Option::is_some)) {
                (true, true) => None,
                (absent, _) => Some(if absent { f64::NEG_INFINITY } else { f64::INFINITY }),
            };
            // Label 0 of an edge means that it is absent; where edges are counted, absence is decided by the odds alone.
            let allowed = |label: usize| match label {
                0 => states.contains(&None) && degree[0] == 0,
                _ => states.contains(&Some(to_u8(label))),
            };
            if let Some(odds) = certain {
                theta.fill(odds);
            }
            *psi = masked(std::mem::take(psi), allowed);
        }
        self.phi = masked(std::mem::take(&mut self.phi), |label| labels.contains(&to_u8(label)));
        self.degree = *degree;
        self
    }

    /// Whether the number of edges decides the edge from the node `from`, after `taken` edges.
    fn forced(&self, from: usize, taken: usize) -> Option<bool> {
        let [min, max] = self.degree;
        let left = self.theta.len() - from;
        if taken >= max {
            return Some(false);
        }
        (taken + left <= min).then_some(true)
    }

    /// Mixes every decision with the uniform distribution, except the choice of the mixture component.
    pub(super) fn mixed(&self, epsilon: f64) -> Self {
        let odds = |row: &Vec<f64>| row.iter().map(|odds| mixed_odds(*odds, epsilon)).collect();
        Self {
            mixture: self.mixture.clone(),
            theta: self.theta.iter().map(odds).collect(),
            psi: self.psi.iter().map(|row| mixed(row.clone(), epsilon)).collect(),
            phi: mixed(self.phi.clone(), epsilon),
            fixed: self.fixed,
            degree: self.degree,
        }
    }

    /// Returns the log-probability of a row.
    #[must_use]
    pub fn log_probability(&self, row: &Row) -> f64 {
        let component = |k: usize| {
            let mut taken = 0;
            let edges = row.edges.iter().zip(&self.theta).enumerate().map(|(from, (edge, theta))| {
                let log = log_bernoulli(edge.is_some(), self.odds(theta[k], from, taken));
                taken += usize::from(edge.is_some());
                log
            });
            self.mixture[k] + edges.sum::<f64>()
        };
        let edges = log_sum(&(0..self.mixture.len()).map(component).collect::<Vec<_>>());
        let labels: f64 =
            row.edges.iter().zip(&self.psi).filter_map(|(edge, psi)| psi.get(usize::from((*edge)?))).sum();
        edges + labels + self.label_log_probability(row.label)
    }

    /// The log-odds of an edge after `taken` edges.
    fn odds(&self, theta: f64, from: usize, taken: usize) -> f64 {
        match self.forced(from, taken) {
            Some(true) => f64::INFINITY,
            Some(false) => f64::NEG_INFINITY,
            None => theta,
        }
    }

    fn label_log_probability(&self, label: u8) -> f64 {
        match self.fixed {
            Some(fixed) if fixed == label => 0.0,
            Some(_) => f64::NEG_INFINITY,
            None => self.phi.get(usize::from(label)).copied().unwrap_or(0.0),
        }
    }

    /// Draws a row: the mixture component, then the edges with their labels, then the node label.
    pub fn draw(&self, rng: &mut dyn Rng) -> Row {
        let component = pick(&self.mixture, rng);
        let mut taken = 0;
        let edges = (self.theta.iter().zip(&self.psi).enumerate())
            .map(|(from, (theta, psi))| {
                let present = rng.random::<f64>() < sigmoid(self.odds(theta[component], from, taken));
                taken += usize::from(present);
                present.then(|| to_u8(pick(psi, rng)))
            })
            .collect();
        let label = to_u8(pick(&self.phi, rng));
        Row { edges, label: self.fixed.unwrap_or(label) }
    }

    /// Returns the `width` most likely rows of every component, without duplicates, with their log-probabilities.
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

    /// Returns the `width` most likely rows of one component. Decisions are independent given the component, so
    /// truncating prefixes at `width` is exact unless the number of edges is bounded.
    fn likely_of(&self, component: usize, width: usize) -> Vec<Row> {
        let mut partial = vec![(0.0, Row { edges: Vec::new(), label: 0 })];
        for (from, (theta, psi)) in self.theta.iter().zip(&self.psi).enumerate() {
            let options = |row: &Row| {
                let odds = self.odds(theta[component], from, row.edges.iter().flatten().count());
                let mut options = vec![(log_bernoulli(false, odds), None)];
                let present = log_bernoulli(true, odds);
                let labels = psi.iter().enumerate().map(|(label, log)| (present + log, Some(to_u8(label))));
                options.extend(labels);
                if psi.is_empty() {
                    options.push((present, Some(0)));
                }
                options
            };
            partial = extend(partial, options, width, |row, edge| row.edges.push(*edge));
        }
        let labels: Vec<_> = match self.fixed {
            Some(label) => vec![(0.0, label)],
            None => self.phi.iter().enumerate().map(|(label, log)| (*log, to_u8(label))).collect(),
        };
        if !labels.is_empty() {
            partial = extend(partial, |_| labels.clone(), width, |row, label| row.label = *label);
        }
        partial.into_iter().map(|(_, row)| row).collect()
    }
}

/// Combines every partial row with its options and keeps the `width` most likely; impossible ones are dropped.
fn extend<O>(
    partial: Vec<(f64, Row)>,
    options: impl Fn(&Row) -> Vec<(f64, O)>,
    width: usize,
    add: impl Fn(&mut Row, &O),
) -> Vec<(f64, Row)> {
    let mut extended = Vec::new();
    for (log, row) in &partial {
        for (option_log, option) in options(row).iter().filter(|(log, _)| *log > f64::NEG_INFINITY) {
            let mut row = row.clone();
            add(&mut row, option);
            extended.push((log + option_log, row));
        }
    }
    extended.sort_by(|a, b| b.0.total_cmp(&a.0));
    extended.truncate(width);
    extended
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_bernoulli(present: bool, logit: f64) -> f64 {
    let signed = if present { -logit } else { logit };
    -(signed.max(0.0) + (-signed.abs()).exp().ln_1p())
}
