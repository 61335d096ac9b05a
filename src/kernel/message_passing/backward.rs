//! The twin of the backward pass: computes the gradients of every layer's inputs from that of the final states.

use super::forward::in_place;
use super::{Dims, Table};
use crate::kernel::operands::Operands;
use crate::kernel::small::{Rows, RowsMut, Start, product, transpose, vectorized};

/// The values that the forward pass saved per node and per edge.
#[derive(Clone, Copy)]
struct Saved<'a> {
    nodes: &'a [f32],
    edges: &'a [f32],
}

/// The index of a layer and its transposed matrices (output-major).
struct Transposed {
    layer: usize,
    state: Vec<f32>,
    message: Vec<f32>,
    attention: Vec<f32>,
    input: Vec<f32>,
    recurrent: Vec<f32>,
}

impl Transposed {
    #[inline(always)]
    fn new(dims: &Dims, layer: usize, weights: &[f32]) -> Self {
        let weights = &weights[layer * dims.offsets().len..];
        let (h, a, wide, at) = (dims.hidden as usize, dims.attention as usize, dims.wide(), dims.offsets());
        let transposed = |offset: usize, rows: usize, columns: usize| {
            let mut result = vec![0.0; rows * columns];
            transpose(rows, columns, &weights[offset..], &mut result);
            result
        };
        Self {
            layer,
            state: transposed(at.state, h, wide),
            message: transposed(at.message, h, h),
            attention: transposed(at.attention, a, h),
            input: transposed(at.input, h, 3 * h),
            recurrent: transposed(at.recurrent, h, 3 * h),
        }
    }
}

pub(super) fn twin(mut operands: Operands<'_>) {
    let dims: Dims = operands.params();
    let [weights, table, upstream, nodes, edges] = operands.reads();
    let [node_gradients, edge_gradients, first] = operands.writes();
    let table = Table::new(table, dims.sizes());
    let (h, saved) = (dims.hidden as usize, Saved { nodes, edges });
    vectorized(
        #[inline(always)]
        || {
            // `first` holds the gradient of the states while it passes from layer to layer.
            first[..table.nodes() * h].copy_from_slice(&upstream[..table.nodes() * h]);
            for layer in (0..dims.layers as usize).rev() {
                let transposed = Transposed::new(&dims, layer, weights);
                gates(&dims, &table, &transposed, saved, first, node_gradients);
                edge_layers(&dims, &table, &transposed, saved, node_gradients, edge_gradients);
                states(&dims, &table, &transposed, saved, edge_gradients, node_gradients, first);
            }
        },
    );
}

/// GRU: computes the gradients of gi, gh and the messages, and the part of the state's gradient that does not pass the
/// products.
#[inline(always)]
fn gates(
    dims: &Dims,
    table: &Table<'_>,
    transposed: &Transposed,
    saved: Saved<'_>,
    carried: &mut [f32],
    gradients: &mut [f32],
) {
    let (h, wide, layers, layer) = (dims.hidden as usize, dims.wide(), dims.layers as usize, transposed.layer);
    let (width, own) = (dims.node_forward(), dims.node_backward());
    for node in 0..table.nodes() {
        let row = &saved.nodes[(node * layers + layer) * width..][..width];
        let (state, gh_n) = (&row[..h], &row[wide + 3 * h..wide + 4 * h]);
        let (r, rest) = row[wide + 5 * h..].split_at(h);
        let (z, n) = rest.split_at(h);
        let out = &mut gradients[(node * layers + layer) * own..][..6 * h];
        let carried = &mut carried[node * h..(node + 1) * h];
        for c in 0..h {
            let gradient = carried[c];
            let inner = gradient * (1.0 - z[c]) * (1.0 - n[c] * n[c]);
            let update = gradient * (state[c] - n[c]) * z[c] * (1.0 - z[c]);
            let reset = inner * gh_n[c] * r[c] * (1.0 - r[c]);
            (out[c], out[h + c], out[2 * h + c]) = (reset, update, inner);
            (out[3 * h + c], out[4 * h + c], out[5 * h + c]) = (reset, update, inner * r[c]);
            carried[c] = gradient * z[c];
        }
    }
    let rows = Rows { data: &gradients[layer * own + 3 * h..], stride: layers * own };
    product(
        table.nodes(),
        3 * h,
        h,
        rows,
        &transposed.recurrent,
        Start::Accumulate,
        RowsMut { data: carried, stride: h },
    );
    let rows = RowsMut { data: &mut gradients[layer * own..], stride: layers * own };
    in_place(table.nodes(), 3 * h, h, &transposed.input, Start::Zero, rows, 6 * h + wide);
}

/// Gate and networks of every edge: computes the gradients down to the sums of the first layers.
#[inline(always)]
fn edge_layers(
    dims: &Dims,
    table: &Table<'_>,
    transposed: &Transposed,
    saved: Saved<'_>,
    nodes: &[f32],
    gradients: &mut [f32],
) {
    let (h, a, wide) = (dims.hidden as usize, dims.attention as usize, dims.wide());
    let (layers, layer) = (dims.layers as usize, transposed.layer);
    let (width, own) = (dims.edge_forward(), dims.node_backward());
    let stride = layers * width;
    let mut both = vec![0.0; 8 * h];
    for first in (0..table.edges()).step_by(4) {
        let taken = (table.edges() - first).min(4);
        for e in 0..taken {
            let row = &saved.edges[(first + e) * stride + layer * width + wide..][..2 * h];
            let node = table.target[first + e] as usize;
            let upstream = &nodes[(node * layers + layer) * own + 6 * h + wide..][..h];
            let (message, gate) = row.split_at(h);
            let out = &mut gradients[(first + e) * stride + layer * width + wide..][..2 * h];
            for c in 0..h {
                out[c] = upstream[c] * gate[c];
                out[h + c] = upstream[c] * message[c] * gate[c] * (1.0 - gate[c]);
            }
            both[2 * h * e..2 * h * (e + 1)].copy_from_slice(out);
        }
        let rows = &mut gradients[first * stride + layer * width..];
        let message = Rows { data: &both, stride: 2 * h };
        product(taken, h, h, message, &transposed.message, Start::Zero, RowsMut { data: rows, stride });
        let attention = Rows { data: &both[h..], stride: 2 * h };
        let to_attention = RowsMut { data: &mut rows[h..], stride };
        product(taken, h, a, attention, &transposed.attention, Start::Zero, to_attention);
        for e in 0..taken {
            let hidden = &saved.edges[(first + e) * stride + layer * width..][..wide];
            let row = &mut rows[e * stride..e * stride + wide];
            for (gradient, value) in row.iter_mut().zip(hidden) {
                *gradient = if *value > 0.0 { *gradient } else { 0.0 };
            }
        }
    }
}

/// Sums the gradients of the edges per node and propagates them through the projection to the layer's input state.
#[inline(always)]
fn states(
    dims: &Dims,
    table: &Table<'_>,
    transposed: &Transposed,
    saved: Saved<'_>,
    edges: &[f32],
    nodes: &mut [f32],
    carried: &mut [f32],
) {
    let (h, wide, layers, layer) = (dims.hidden as usize, dims.wide(), dims.layers as usize, transposed.layer);
    let (width, own, edge_width) = (dims.node_forward(), dims.node_backward(), dims.edge_backward());
    let edge_row = |edge: u32| &edges[(edge as usize * layers + layer) * edge_width..][..wide];
    for node in 0..table.nodes() {
        let sum = &mut nodes[(node * layers + layer) * own + 6 * h..][..wide];
        sum.fill(0.0);
        for edge in table.first_edge[node]..table.first_edge[node + 1] {
            // The node's state is the source of the reverse edge and the target of this edge.
            let (from, to) = (edge_row(table.reverse[edge as usize]), edge_row(edge));
            for c in 0..wide {
                sum[c] += from[c] - to[c];
            }
        }
    }
    let rows = Rows { data: &nodes[layer * own + 6 * h..], stride: layers * own };
    product(table.nodes(), wide, h, rows, &transposed.state, Start::Accumulate, RowsMut { data: carried, stride: h });
    if layer == 0 {
        return;
    }
    for node in 0..table.nodes() {
        let state = &saved.nodes[(node * layers + layer) * width..][..h];
        for (gradient, value) in carried[node * h..(node + 1) * h].iter_mut().zip(state) {
            *gradient = if *value > 0.0 { *gradient } else { 0.0 };
        }
    }
}
