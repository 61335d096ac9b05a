//! Message passing over a batch of subgraphs (`shaders/message_passing.wgsl`, docs/method.md section 2), all layers in
//! one launch.
//!
//! Three properties reduce the work. The first linear layers run per node instead of per edge, since their input is
//! `s_u - s_v`. The edge inputs are sums of one-hot vectors, so their product with a matrix is a sum of a few rows.
//! Subgraphs are independent of each other, so one workgroup computes all layers of one subgraph.

mod backward;
mod forward;
mod table;
mod weights;

pub use table::{MAX_NODES, Table, TableBuilder, TableSizes, joined, words};

use super::call::{Access, Call, Extent, Kernel};
use bytemuck::{Pod, Zeroable};

/// The sizes of a generator and the capacities of its batch.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Dims {
    /// Hidden size H, a multiple of 4.
    pub hidden: u32,
    /// Hidden size of the attention network A, a multiple of 4.
    pub attention: u32,
    /// Message-passing layers.
    pub layers: u32,
    /// Maximum nodes of a graph N_max, at most 64.
    pub max_nodes: u32,
    /// Edge labels L_e; 0 if edges have no labels.
    pub edge_labels: u32,
    /// Capacity: subgraphs of a batch.
    pub subgraphs: u32,
    /// Capacity: nodes of all subgraphs.
    pub nodes: u32,
    /// Capacity: directed edges of all subgraphs.
    pub edges: u32,
}

/// Offsets of the weights of one layer, relative to the layer's first.
///
/// Matrices are stored input-major: element (k, c) takes input k to output c.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerOffsets {
    /// First layers of both networks on the node state, H x (H + A): messages first, then attention.
    pub state: usize,
    /// First layers on the edge input, H x (H + A).
    pub edge: usize,
    /// Biases of the first layers, H + A.
    pub bias: usize,
    /// Second layer of the messages, H x H.
    pub message: usize,
    /// Bias of the second layer of the messages, H.
    pub message_bias: usize,
    /// Second layer of the attention, A x H.
    pub attention: usize,
    /// Bias of the second layer of the attention, H.
    pub attention_bias: usize,
    /// GRU on the message, H x 3H, gates r, z, n.
    pub input: usize,
    /// Bias of the GRU on the message, 3H.
    pub input_bias: usize,
    /// GRU on the state, H x 3H.
    pub recurrent: usize,
    /// Bias of the GRU on the state, 3H.
    pub recurrent_bias: usize,
    /// Number of weights of a layer.
    pub len: usize,
}

impl Dims {
    /// Returns the columns of the first layers: H + A.
    #[must_use]
    pub fn wide(&self) -> usize {
        (self.hidden + self.attention) as usize
    }

    /// Returns the offsets of the weights of a layer.
    #[must_use]
    pub fn offsets(&self) -> LayerOffsets {
        let (h, a, wide) = (self.hidden as usize, self.attention as usize, self.wide());
        let edge = h * wide;
        let bias = edge + h * wide;
        let message = bias + wide;
        let message_bias = message + h * h;
        let attention = message_bias + h;
        let attention_bias = attention + a * h;
        let input = attention_bias + h;
        let input_bias = input + 3 * h * h;
        let recurrent = input_bias + 3 * h;
        let recurrent_bias = recurrent + 3 * h * h;
        LayerOffsets {
            state: 0,
            edge,
            bias,
            message,
            message_bias,
            attention,
            attention_bias,
            input,
            input_bias,
            recurrent,
            recurrent_bias,
            len: recurrent_bias + 3 * h,
        }
    }

    /// Returns the size of the learned part of a node's initial state: H - N_max.
    #[must_use]
    pub fn embedding(&self) -> usize {
        (self.hidden - self.max_nodes) as usize
    }

    /// Returns the offset of the input layer: N_max x (H - N_max), then its bias.
    #[must_use]
    pub fn input_layer(&self) -> usize {
        self.layers as usize * self.offsets().len
    }

    /// Returns the number of all weights, rounded up to a multiple of 4.
    #[must_use]
    pub fn weights(&self) -> usize {
        (self.input_layer() + (self.max_nodes as usize + 1) * self.embedding()).next_multiple_of(4)
    }

    /// Returns the rows of the edge input's position part: H - L_e - N_max. Only the first three can be one.
    #[must_use]
    pub fn positions(&self) -> usize {
        (self.hidden - self.edge_labels - self.max_nodes) as usize
    }

    /// Returns the number of edge classes. Edges of a class share the edge input except for the identity part. There is
    /// a class per label, one for edges from the new node and one for edges to it.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.edge_labels.max(1) as usize + 2
    }

    /// Returns the rows of the edge input that are one for a class, and how many there are.
    #[must_use]
    pub fn class_rows(&self, class: usize) -> ([usize; 3], usize) {
        let labels = self.edge_labels.max(1) as usize;
        let (position, label): ([usize; 2], usize) = match class.checked_sub(labels) {
            None => ([0, 1], class),
            // For edges from the new node both position vectors mark the same row.
            Some(0) => ([1, 1], 0),
            Some(_) => ([0, 2], 0),
        };
        let marked = if position[0] == position[1] { 1 } else { 2 };
        let mut rows = [position[0], position[1], 0];
        let mut count = marked;
        if self.edge_labels > 0 {
            rows[count] = self.positions() + label;
            count += 1;
        }
        (rows, count)
    }

    /// Returns the row of the edge input for a node's position.
    #[must_use]
    pub fn identity_row(&self, position: usize) -> usize {
        self.positions() + self.edge_labels as usize + position
    }

    /// Returns the number of values per node and layer that the forward pass saves: h, projection (H + A), gh (3H), M,
    /// r, z, n.
    #[must_use]
    pub fn node_forward(&self) -> usize {
        8 * self.hidden as usize + self.wide()
    }

    /// Returns the number of values per edge and layer that the forward pass saves: both hidden layers (H + A), m, a.
    #[must_use]
    pub fn edge_forward(&self) -> usize {
        2 * self.hidden as usize + self.wide()
    }

    /// Returns the number of values per node and layer that the backward pass saves: gradients of gi (3H), gh (3H), the
    /// projection (H + A) and the message (H).
    #[must_use]
    pub fn node_backward(&self) -> usize {
        7 * self.hidden as usize + self.wide()
    }

    /// Returns the number of values per edge and layer that the backward pass saves: gradients of the hidden layers
    /// (H + A), of m and of a.
    #[must_use]
    pub fn edge_backward(&self) -> usize {
        self.edge_forward()
    }

    /// Returns the floating-point operations of the forward pass at full capacity.
    fn flops(&self) -> usize {
        let (h, wide) = (self.hidden as usize, self.wide());
        let node = h * (wide + 6 * h);
        let edge = h * wide;
        2 * self.layers as usize * (self.nodes as usize * node + self.edges as usize * edge)
    }
}

/// Runs all layers. Operands: weights, table, final states (nodes x H), per-node values, per-edge values.
#[must_use]
pub fn forward(dims: &Dims) -> Call {
    Call::new(&FORWARD, dims, Extent::Groups([dims.subgraphs, 1, 1]), dims.flops())
}

/// Propagates the gradient of the final states back through all layers. Operands: weights, table, gradient of the final
/// states, per-node values, per-edge values, gradients per node, gradients per edge, gradient of the initial states.
#[must_use]
pub fn backward(dims: &Dims) -> Call {
    Call::new(&BACKWARD, dims, Extent::Groups([dims.subgraphs, 1, 1]), dims.flops())
}

/// Sums the gradient of every weight over nodes and edges in a fixed order. Operands: gradient of the weights, table,
/// gradient of the initial states, per-node values, per-edge values, gradients per node, gradients per edge.
#[must_use]
pub fn weights(dims: &Dims) -> Call {
    Call::new(&WEIGHTS, dims, Extent::Items(weights::items(dims)), dims.flops())
}

const SHADER: &str = include_str!("../../shaders/message_passing.wgsl");

static FORWARD: Kernel = Kernel {
    name: "message_passing.forward",
    shader: SHADER,
    access: &[Access::Read, Access::Read, Access::Write, Access::Write, Access::Write],
    twin: forward::twin,
};

static BACKWARD: Kernel = Kernel {
    name: "message_passing.backward",
    shader: SHADER,
    access: &[
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Write,
        Access::Write,
        Access::Write,
    ],
    twin: backward::twin,
};

static WEIGHTS: Kernel = Kernel {
    name: "message_passing.weight_grads",
    shader: SHADER,
    access: &[Access::Write, Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::Read],
    twin: weights::twin,
};

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&FORWARD, &BACKWARD, &WEIGHTS];
