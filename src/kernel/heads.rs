//! The generator's output heads (`shaders/heads.wgsl`): four MLPs over all nodes of a batch of subgraphs.
//!
//! The inputs of edge logits theta, mixture logits alpha and edge-label logits psi are s_new - s_j for every node j;
//! that of node-label logits phi is s_j (docs/method.md section 2). A row of logits is [theta | alpha | psi | phi],
//! each padded to a multiple of 4.

use super::call::{Access, Call, Extent, Kernel};
use super::message_passing::{Table, TableSizes};
use super::operands::Operands;
use super::small::{Rows, RowsMut, Start, column_sums, outer, product, transpose, vectorized};
use bytemuck::{Pod, Zeroable};

/// The sizes of the heads and the capacities of a batch.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct HeadDims {
    /// Hidden size H, a multiple of 4.
    pub hidden: u32,
    /// Mixture components K.
    pub mixtures: u32,
    /// Edge labels L_e; 0 if edges have no labels.
    pub edge_labels: u32,
    /// Node labels L_n; 0 if nodes have no labels.
    pub node_labels: u32,
    /// Capacity: subgraphs of a batch.
    pub subgraphs: u32,
    /// Capacity: nodes of all subgraphs.
    pub nodes: u32,
    /// Capacity: directed edges of all subgraphs.
    pub edges: u32,
}

/// The heads in the order of their weights and logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// K edge logits.
    Theta,
    /// K mixture logits.
    Alpha,
    /// L_e edge-label logits.
    Psi,
    /// L_n node-label logits.
    Phi,
}

impl Head {
    /// All heads.
    pub const ALL: [Self; 4] = [Self::Theta, Self::Alpha, Self::Psi, Self::Phi];
}

impl HeadDims {
    /// Returns the outputs of a head.
    #[must_use]
    pub fn outputs(&self, head: Head) -> usize {
        match head {
            Head::Theta | Head::Alpha => self.mixtures as usize,
            Head::Psi => self.edge_labels as usize,
            Head::Phi => self.node_labels as usize,
        }
    }

    /// Returns the outputs of a head, padded to a multiple of 4.
    #[must_use]
    pub fn padded(&self, head: Head) -> usize {
        self.outputs(head).next_multiple_of(4)
    }

    /// Returns the index of a head's first logit in a row.
    #[must_use]
    pub fn logits_at(&self, head: Head) -> usize {
        Head::ALL[..head as usize].iter().map(|head| self.padded(*head)).sum()
    }

    /// Returns the logits of a row, including padding.
    #[must_use]
    pub fn logits(&self) -> usize {
        Head::ALL.iter().map(|head| self.padded(*head)).sum()
    }

    /// Returns the size of a head's weights: W1 (H x H), b1, W2, b2, W3 (H x padded outputs), b3; input-major.
    #[must_use]
    pub fn head_len(&self, head: Head) -> usize {
        let (h, out) = (self.hidden as usize, self.padded(head));
        if out == 0 { 0 } else { (h + 1) * (2 * h + out) }
    }

    /// Returns the index of a head's first weight.
    #[must_use]
    pub fn head_at(&self, head: Head) -> usize {
        Head::ALL[..head as usize].iter().map(|head| self.head_len(*head)).sum()
    }

    /// Returns the number of all weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        Head::ALL.iter().map(|head| self.head_len(*head)).sum()
    }

    /// Returns the number of values per node that each pass saves.
    #[must_use]
    pub fn row(&self) -> usize {
        10 * self.hidden as usize
    }

    /// Returns the capacities of the batch.
    #[must_use]
    pub fn sizes(&self) -> TableSizes {
        TableSizes { subgraphs: self.subgraphs as usize, nodes: self.nodes as usize, edges: self.edges as usize }
    }

    fn flops(&self) -> usize {
        2 * self.nodes as usize * self.weights()
    }
}

/// Applies all heads to all nodes. Operands: weights, table, saved values (nodes x 10H), logits (nodes x row), states
/// (nodes x H).
#[must_use]
pub fn forward(dims: &HeadDims) -> Call {
    Call::new(&FORWARD, dims, Extent::Groups([dims.subgraphs, 1, 1]), dims.flops())
}

/// Computes the gradient of the states from that of the logits. Operands: weights, table, saved values, gradient of the
/// logits, saved gradients (nodes x 10H), gradient of the states.
#[must_use]
pub fn backward(dims: &HeadDims) -> Call {
    Call::new(&BACKWARD, dims, Extent::Groups([dims.subgraphs, 1, 1]), dims.flops())
}

/// Computes the gradient of the weights, summed over nodes in order. Operands: gradient of the weights, table, saved
/// values, gradient of the logits, saved gradients.
#[must_use]
pub fn weights(dims: &HeadDims) -> Call {
    Call::new(&WEIGHTS, dims, Extent::Items(dims.weights() / 4), dims.flops())
}

const SHADER: &str = include_str!("../../shaders/heads.wgsl");

static FORWARD: Kernel = Kernel {
    name: "heads.forward",
    shader: SHADER,
    access: &[Access::Read, Access::Read, Access::Write, Access::Write, Access::Read],
    twin: forward_twin,
};

static BACKWARD: Kernel = Kernel {
    name: "heads.backward",
    shader: SHADER,
    access: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write, Access::Write],
    twin: backward_twin,
};

static WEIGHTS: Kernel = Kernel {
    name: "heads.weight_grads",
    shader: SHADER,
    access: &[Access::Write, Access::Read, Access::Read, Access::Read, Access::Read],
    twin: weights_twin,
};

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&FORWARD, &BACKWARD, &WEIGHTS];

/// Offsets of a head's data.
struct Offsets {
    /// Padded outputs.
    out: usize,
    /// Offset of its weights.
    weights: usize,
    /// Offsets of the second and third layer within them.
    layers: [usize; 2],
    /// Offset of its logits in a row.
    logits: usize,
    /// Offset of its input in a row of values.
    input: usize,
    /// Offset of its first hidden layer in a row of values; the second follows. Gradients are at an offset smaller by
    /// 2H.
    units: usize,
}

impl Offsets {
    /// Iterates over the heads with outputs.
    fn all(dims: &HeadDims) -> impl Iterator<Item = Self> {
        let h = dims.hidden as usize;
        Head::ALL.into_iter().filter(|head| dims.outputs(*head) > 0).map(move |head| Self {
            out: dims.padded(head),
            weights: dims.head_at(head),
            layers: [(h + 1) * h, 2 * (h + 1) * h],
            logits: dims.logits_at(head),
            input: if head == Head::Phi { h } else { 0 },
            units: (2 + 2 * head as usize) * h,
        })
    }
}

fn forward_twin(mut operands: Operands<'_>) {
    let dims: HeadDims = operands.params();
    let [weights, table, states] = operands.reads();
    let [values, logits] = operands.writes();
    let table = Table::new(table, dims.sizes());
    let (h, row, columns, n) = (dims.hidden as usize, dims.row(), dims.logits(), table.nodes());
    vectorized(
        #[inline(always)]
        || {
            for node in 0..n {
                let own = &states[node * h..(node + 1) * h];
                let newest = &states[table.newest(node) * h..][..h];
                let (difference, copy) = values[node * row..node * row + 2 * h].split_at_mut(h);
                for c in 0..h {
                    difference[c] = newest[c] - own[c];
                }
                copy.copy_from_slice(own);
            }
            for at in Offsets::all(&dims) {
                let weights = &weights[at.weights..];
                let second = &weights[at.layers[0]..];
                let third = &weights[at.layers[1]..];
                hidden(n, h, weights, values, row, at.input, at.units);
                hidden(n, h, second, values, row, at.units, at.units + h);
                let x = Rows { data: &values[at.units + h..], stride: row };
                let bias = Start::Row(&third[h * at.out..(h + 1) * at.out]);
                product(n, h, at.out, x, third, bias, RowsMut { data: &mut logits[at.logits..], stride: columns });
            }
        },
    );
}

/// Applies a layer with ReLU from one offset of every row to another.
#[inline(always)]
fn hidden(n: usize, h: usize, weights: &[f32], rows: &mut [f32], stride: usize, from: usize, to: usize) {
    let bias = Start::Row(&weights[h * h..(h + 1) * h]);
    let (mut input, mut sums) = (vec![0.0; 4 * h], vec![0.0; 4 * h]);
    for first in (0..n).step_by(4) {
        let taken = (n - first).min(4);
        for r in 0..taken {
            input[r * h..(r + 1) * h].copy_from_slice(&rows[(first + r) * stride + from..][..h]);
        }
        product(taken, h, h, Rows { data: &input, stride: h }, weights, bias, RowsMut { data: &mut sums, stride: h });
        for r in 0..taken {
            let out = &mut rows[(first + r) * stride + to..][..h];
            out.iter_mut().zip(&sums[r * h..]).for_each(|(out, sum)| *out = sum.max(0.0));
        }
    }
}

fn backward_twin(mut operands: Operands<'_>) {
    let dims: HeadDims = operands.params();
    let [weights, table, values, upstream] = operands.reads();
    let [grads, state_grads] = operands.writes();
    let table = Table::new(table, dims.sizes());
    let (h, row, columns, n) = (dims.hidden as usize, dims.row(), dims.logits(), table.nodes());
    vectorized(
        #[inline(always)]
        || {
            let mut inputs = vec![0.0; 2 * n * h];
            let mut sums = vec![0.0; n * h];
            for at in Offsets::all(&dims) {
                let weights = &weights[at.weights..];
                let mut t = vec![0.0; h * h.max(at.out)];
                transpose(h, at.out, &weights[at.layers[1]..], &mut t);
                let g = Rows { data: &upstream[at.logits..], stride: columns };
                product(n, at.out, h, g, &t, Start::Zero, RowsMut { data: &mut sums, stride: h });
                masked(n, h, &sums, values, grads, row, at.units + h);
                transpose(h, h, &weights[at.layers[0]..], &mut t);
                let g = Rows { data: &grads[at.units - h..], stride: row };
                product(n, h, h, g, &t, Start::Zero, RowsMut { data: &mut sums, stride: h });
                masked(n, h, &sums, values, grads, row, at.units);
                transpose(h, h, weights, &mut t);
                let g = Rows { data: &grads[at.units - 2 * h..], stride: row };
                let sum = RowsMut { data: &mut inputs[at.input * n..], stride: h };
                product(n, h, h, g, &t, Start::Accumulate, sum);
            }
            let (differences, own) = inputs.split_at(n * h);
            for node in 0..n {
                let target = &mut grads[node * row + 8 * h..(node + 1) * row];
                target[..h].copy_from_slice(&differences[node * h..(node + 1) * h]);
                target[h..].copy_from_slice(&own[node * h..(node + 1) * h]);
                for c in node * h..(node + 1) * h {
                    state_grads[c] = own[c] - differences[c];
                }
                if table.newest(node) == node {
                    for other in table.members(table.subgraph[node] as usize) {
                        for c in 0..h {
                            state_grads[node * h + c] += differences[other * h + c];
                        }
                    }
                }
            }
        },
    );
}

/// Applies the gradient of the ReLU. The gradients are two hidden layers before the values.
#[inline(always)]
fn masked(n: usize, h: usize, sums: &[f32], values: &[f32], grads: &mut [f32], row: usize, at: usize) {
    for node in 0..n {
        let value = &values[node * row + at..][..h];
        let out = &mut grads[node * row + at - 2 * h..][..h];
        for c in 0..h {
            out[c] = if value[c] > 0.0 { sums[node * h + c] } else { 0.0 };
        }
    }
}

fn weights_twin(mut operands: Operands<'_>) {
    let dims: HeadDims = operands.params();
    let [table, values, upstream, grads] = operands.reads();
    let [gradient] = operands.writes();
    let (h, row, n) = (dims.hidden as usize, dims.row(), Table::new(table, dims.sizes()).nodes());
    vectorized(
        #[inline(always)]
        || {
            for at in Offsets::all(&dims) {
                let gradient = &mut gradient[at.weights..];
                let value = |from| Rows { data: &values[from..], stride: row };
                let grad = |from| Rows { data: &grads[from..], stride: row };
                let logits = Rows { data: &upstream[at.logits..], stride: dims.logits() };
                let [second, third] = at.layers;
                layer_gradient(n, h, h, value(at.input), grad(at.units - 2 * h), &mut gradient[..second]);
                layer_gradient(n, h, h, value(at.units), grad(at.units - h), &mut gradient[second..third]);
                layer_gradient(n, h, at.out, value(at.units + h), logits, &mut gradient[third..]);
            }
        },
    );
}

/// Computes the gradient of a matrix, followed by that of its bias.
#[inline(always)]
fn layer_gradient(n: usize, h: usize, columns: usize, x: Rows<'_>, g: Rows<'_>, gradient: &mut [f32]) {
    outer(n, h, columns, x, g, gradient);
    column_sums(n, columns, g, &mut gradient[h * columns..]);
}
