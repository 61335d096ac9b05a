//! Likelihood of graphs under the mixture of Bernoullis, and the training loss (`shaders/mixture.wgsl`, docs/method.md
//! section 2).

use super::call::{Access, Call, Extent, Kernel};
use super::heads::{Head, HeadDims};
use super::message_passing::{Table, TableSizes, joined};
use super::operands::{Operands, integers};

/// Computes log p of every row. Operands: logits, table, targets, rows (subgraphs x 4: log p of the edges, of the label
/// and of the edge labels; the number of edges).
///
/// Targets are integers in sections: for each subgraph the predecessors of its new node as a bit set, the low words and
/// then the high words; for each subgraph the label of its new node; for each node the label of its edge to the new
/// node ([`target_len`]).
#[must_use]
pub fn likelihood(dims: &HeadDims) -> Call {
    Call::new(&LIKELIHOOD, dims, Extent::Items(dims.subgraphs as usize), flops(dims))
}

/// Returns the number of targets of a batch with these capacities.
#[must_use]
pub fn target_len(sizes: TableSizes) -> usize {
    3 * sizes.subgraphs + sizes.nodes
}

/// Computes the gradient of the logits from that of the rows. Operands: logits, table, targets, gradient of the rows,
/// gradient of the logits.
#[must_use]
pub fn likelihood_grads(dims: &HeadDims) -> Call {
    Call::new(&LIKELIHOOD_GRADS, dims, Extent::Items(dims.subgraphs as usize), 2 * flops(dims))
}

/// Computes the loss of up to `capacity` graphs. Operands: rows, graphs (their number, the first subgraph of each, the
/// end), advantages, losses (graphs x 2: the contribution to the batch loss, the graph's own loss).
#[must_use]
pub fn loss(dims: &HeadDims, capacity: usize) -> Call {
    Call::new(&LOSS, dims, Extent::Items(capacity), 8 * dims.subgraphs as usize)
}

/// Computes the gradient of the rows from that of the losses. Operands: rows, graphs, advantages, gradient of the
/// losses, gradient of the rows.
#[must_use]
pub fn loss_grads(dims: &HeadDims, capacity: usize) -> Call {
    Call::new(&LOSS_GRADS, dims, Extent::Items(capacity), 16 * dims.subgraphs as usize)
}

fn flops(dims: &HeadDims) -> usize {
    8 * dims.nodes as usize * (2 * dims.mixtures + dims.edge_labels + dims.node_labels) as usize
}

const SHADER: &str = include_str!("../../shaders/mixture.wgsl");
const FOUR: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];
const FIVE: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write];

static LIKELIHOOD: Kernel = Kernel { name: "mixture.likelihood", shader: SHADER, access: FOUR, twin: likelihood_twin };
static LIKELIHOOD_GRADS: Kernel =
    Kernel { name: "mixture.likelihood_grads", shader: SHADER, access: FIVE, twin: likelihood_grads_twin };
static LOSS: Kernel = Kernel { name: "mixture.loss", shader: SHADER, access: FOUR, twin: loss_twin };
static LOSS_GRADS: Kernel = Kernel { name: "mixture.loss_grads", shader: SHADER, access: FIVE, twin: loss_grads_twin };

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&LIKELIHOOD, &LIKELIHOOD_GRADS, &LOSS, &LOSS_GRADS];

/// The logits of a subgraph, a row per node, and their targets.
struct Row<'a> {
    dims: &'a HeadDims,
    logits: &'a [f32],
    predecessors: u64,
    label: usize,
    edge_labels: &'a [u32],
}

impl<'a> Row<'a> {
    fn new(dims: &'a HeadDims, table: &Table<'_>, subgraph: usize, logits: &'a [f32], targets: &'a [u32]) -> Self {
        let members = table.members(subgraph);
        let (capacity, width) = (dims.subgraphs as usize, dims.logits());
        Self {
            dims,
            logits: &logits[members.start * width..members.end * width],
            predecessors: joined(targets[subgraph], targets[capacity + subgraph]),
            label: targets[2 * capacity + subgraph] as usize,
            edge_labels: &targets[3 * capacity..][members],
        }
    }

    fn nodes(&self) -> usize {
        self.edge_labels.len()
    }

    fn index(&self, node: usize, head: Head) -> usize {
        node * self.dims.logits() + self.dims.logits_at(head)
    }

    fn logits(&self, node: usize, head: Head) -> &'a [f32] {
        &self.logits[self.index(node, head)..][..self.dims.outputs(head)]
    }

    fn connected(&self, node: usize) -> bool {
        self.predecessors >> node & 1 == 1
    }

    /// Iterates over the nodes with an edge to the new one.
    fn sources(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes() - 1).filter(|node| self.connected(*node))
    }

    fn mean_alpha(&self, k: usize) -> f32 {
        let sum: f32 = (0..self.nodes()).map(|node| self.logits(node, Head::Alpha)[k]).sum();
        sum / self.nodes() as f32
    }

    fn log_bernoulli(&self, k: usize) -> f32 {
        let one = |node| {
            let logit = self.logits(node, Head::Theta)[k];
            (if self.connected(node) { logit } else { 0.0 }) - softplus(logit)
        };
        (0..self.nodes() - 1).map(one).sum()
    }

    /// Returns the mean mixture logits, and these plus the log-likelihood of every component.
    fn components(&self) -> (Vec<f32>, Vec<f32>) {
        let means: Vec<_> = (0..self.dims.mixtures as usize).map(|k| self.mean_alpha(k)).collect();
        let joint = means.iter().enumerate().map(|(k, mean)| mean + self.log_bernoulli(k)).collect();
        (means, joint)
    }
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn log_sum(logits: &[f32]) -> f32 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, x| largest.max(*x));
    largest + logits.iter().map(|x| (x - largest).exp()).sum::<f32>().ln()
}

fn likelihood_twin(mut operands: Operands<'_>) {
    let dims: HeadDims = operands.params();
    let [logits, table, targets] = operands.reads();
    let [rows] = operands.writes();
    let table = Table::new(table, dims.sizes());
    rows.fill(0.0);
    for (subgraph, out) in rows.chunks_exact_mut(4).enumerate().take(table.subgraphs()) {
        let row = Row::new(&dims, &table, subgraph, logits, integers(targets));
        let (means, joint) = row.components();
        out[0] = log_sum(&joint) - log_sum(&means);
        if dims.node_labels > 0 {
            let phi = row.logits(row.nodes() - 1, Head::Phi);
            out[1] = phi[row.label] - log_sum(phi);
        }
        for node in row.sources() {
            out[3] += 1.0;
            if dims.edge_labels > 0 {
                let psi = row.logits(node, Head::Psi);
                out[2] += psi[row.edge_labels[node] as usize] - log_sum(psi);
            }
        }
    }
}

fn likelihood_grads_twin(mut operands: Operands<'_>) {
    let dims: HeadDims = operands.params();
    let [logits, table, targets, upstream] = operands.reads();
    let [grads] = operands.writes();
    let table = Table::new(table, dims.sizes());
    for subgraph in 0..table.subgraphs() {
        let row = Row::new(&dims, &table, subgraph, logits, integers(targets));
        let members = table.members(subgraph);
        let grads = &mut grads[members.start * dims.logits()..members.end * dims.logits()];
        grads.fill(0.0);
        row_grads(&row, &upstream[4 * subgraph..4 * subgraph + 4], grads);
    }
}

fn row_grads(row: &Row<'_>, upstream: &[f32], grads: &mut [f32]) {
    let (means, joint) = row.components();
    let (prior, total) = (log_sum(&means), log_sum(&joint));
    for k in 0..means.len() {
        let posterior = (joint[k] - total).exp();
        let to_alpha = upstream[0] * (posterior - (means[k] - prior).exp()) / row.nodes() as f32;
        for node in 0..row.nodes() {
            grads[row.index(node, Head::Alpha) + k] = to_alpha;
        }
        for node in 0..row.nodes() - 1 {
            let at = row.index(node, Head::Theta) + k;
            let edge = f32::from(u8::from(row.connected(node)));
            grads[at] = upstream[0] * posterior * (edge - 1.0 / (1.0 + (-row.logits[at]).exp()));
        }
    }
    let newest = row.nodes() - 1;
    if row.dims.node_labels > 0 {
        let at = row.index(newest, Head::Phi);
        softmax_grad(row.logits(newest, Head::Phi), row.label, upstream[1], &mut grads[at..]);
    }
    if row.dims.edge_labels > 0 {
        for node in row.sources() {
            let at = row.index(node, Head::Psi);
            let label = row.edge_labels[node] as usize;
            softmax_grad(row.logits(node, Head::Psi), label, upstream[2], &mut grads[at..]);
        }
    }
}

/// Computes the gradient of scale * log_softmax(logits)[label].
fn softmax_grad(logits: &[f32], label: usize, scale: f32, grads: &mut [f32]) {
    let sum = log_sum(logits);
    for (c, (grad, logit)) in grads.iter_mut().zip(logits).enumerate() {
        *grad = scale * (f32::from(u8::from(c == label)) - (logit - sum).exp());
    }
}

/// Epsilon that keeps log(1 - e^-loss) finite for a loss of zero.
const EPSILON: f32 = 1e-6;

/// Iterates over the subgraph ranges of the graphs.
fn ranges(graphs: &[f32]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let graphs = integers(graphs);
    let count = graphs[0] as usize;
    graphs[1..count + 2].windows(2).map(|pair| pair[0] as usize..pair[1] as usize)
}

/// Returns the weights of a row's three log-likelihoods in the loss of a graph with this many nodes.
fn row_weights(nodes: usize, row: &[f32]) -> [f32; 3] {
    let nodes = nodes as f32;
    [2.0 / (nodes * (nodes + 1.0)), 0.5 / nodes, 0.125 / row[3].max(1.0)]
}

fn graph_loss(rows: &[f32]) -> f32 {
    let nodes = rows.len() / 4;
    let row_loss = |row: &[f32]| row_weights(nodes, row).iter().zip(row).map(|(weight, log)| weight * log).sum::<f32>();
    -rows.chunks_exact(4).map(row_loss).sum::<f32>()
}

fn loss_twin(mut operands: Operands<'_>) {
    let [rows, graphs, advantages] = operands.reads();
    let [losses] = operands.writes();
    losses.fill(0.0);
    let count = integers(graphs)[0] as f32;
    for ((range, advantage), out) in ranges(graphs).zip(advantages).zip(losses.chunks_exact_mut(2)) {
        let own = graph_loss(&rows[4 * range.start..4 * range.end]);
        let value = if *advantage >= 0.0 { own } else { (1.0 - (-own).exp() + EPSILON).ln() };
        out.copy_from_slice(&[advantage * value / count, own]);
    }
}

fn loss_grads_twin(mut operands: Operands<'_>) {
    let [rows, graphs, advantages, upstream] = operands.reads();
    let [grads] = operands.writes();
    let count = integers(graphs)[0] as f32;
    for ((range, advantage), upstream) in ranges(graphs).zip(advantages).zip(upstream.chunks_exact(2)) {
        let own = graph_loss(&rows[4 * range.start..4 * range.end]);
        let fading = (-own).exp();
        let slope = if *advantage >= 0.0 { 1.0 } else { fading / (1.0 - fading + EPSILON) };
        let scale = upstream[0] * advantage * slope / count + upstream[1];
        let nodes = range.len();
        for i in range {
            let [edges, label, edge_labels] = row_weights(nodes, &rows[4 * i..4 * i + 4]).map(|weight| -scale * weight);
            grads[4 * i..4 * i + 4].copy_from_slice(&[edges, label, edge_labels, 0.0]);
        }
    }
}
