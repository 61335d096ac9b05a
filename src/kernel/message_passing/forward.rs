//! The twin of the forward pass: all layers over all nodes and edges of the batch.

use super::{Dims, Table};
use crate::kernel::operands::Operands;
use crate::kernel::small::{Rows, RowsMut, Start, product, vectorized};

pub(super) fn twin(mut operands: Operands<'_>) {
    let dims: Dims = operands.params();
    let [weights, table] = operands.reads();
    let [states, nodes, edges] = operands.writes();
    let table = Table::new(table, dims.sizes());
    vectorized(
        #[inline(always)]
        || {
            first_states(&dims, &table, weights, nodes);
            for layer in 0..dims.layers as usize {
                let weights = &weights[layer * dims.offsets().len..];
                project(&dims, &table, layer, weights, nodes);
                messages(&dims, &table, layer, weights, nodes, edges);
                update(&dims, &table, layer, weights, nodes, edges, states);
            }
        },
    );
}

/// Computes s_j = [W_in a_j + b_in, one-hot of j], or zeros for the new node.
#[inline(always)]
fn first_states(dims: &Dims, table: &Table<'_>, weights: &[f32], nodes: &mut [f32]) {
    let (h, width, embedding) = (dims.hidden as usize, dims.node_forward(), dims.embedding());
    let stride = dims.layers as usize * width;
    let (matrix, bias) = weights[dims.input_layer()..].split_at(dims.max_nodes as usize * embedding);
    for node in 0..table.nodes() {
        let state = &mut nodes[node * stride..node * stride + h];
        state.fill(0.0);
        if node == table.newest(node) {
            continue;
        }
        state[..embedding].copy_from_slice(&bias[..embedding]);
        for input in table.inputs(node) {
            let row = &matrix[input * embedding..(input + 1) * embedding];
            state[..embedding].iter_mut().zip(row).for_each(|(state, weight)| *state += weight);
        }
        state[embedding + table.position[node] as usize] = 1.0;
    }
}

/// Projects the states: the first layers minus the row of the node's own position, and the GRU's gh.
#[inline(always)]
fn project(dims: &Dims, table: &Table<'_>, layer: usize, weights: &[f32], nodes: &mut [f32]) {
    let (h, wide, width, at) = (dims.hidden as usize, dims.wide(), dims.node_forward(), dims.offsets());
    let stride = dims.layers as usize * width;
    for node in 0..table.nodes() {
        let own = dims.identity_row(table.position[node] as usize);
        let identity = &weights[at.edge + own * wide..at.edge + (own + 1) * wide];
        let values = &mut nodes[node * stride + layer * width..][h..h + wide];
        values.iter_mut().zip(identity).for_each(|(value, weight)| *value = -weight);
    }
    let rows = RowsMut { data: &mut nodes[layer * width..], stride };
    in_place(table.nodes(), h, wide, &weights[at.state..], Start::Accumulate, rows, h);
    let bias = Start::Row(&weights[at.recurrent_bias..at.recurrent_bias + 3 * h]);
    let recurrent = &weights[at.recurrent..];
    let rows = RowsMut { data: &mut nodes[layer * width..], stride };
    in_place(table.nodes(), h, 3 * h, recurrent, bias, rows, h + wide);
}

/// Multiplies the first `depth` elements of each row and writes the result from `to` on in the same row.
#[inline(always)]
pub(super) fn in_place(
    n: usize,
    depth: usize,
    columns: usize,
    w: &[f32],
    start: Start<'_>,
    rows: RowsMut<'_>,
    to: usize,
) {
    let RowsMut { data: rows, stride } = rows;
    let mut input = vec![0.0; 4 * depth];
    for row in (0..n).step_by(4) {
        // Four rows at a time are copied, so that the same slice can be read and written.
        let taken = (n - row).min(4);
        for r in 0..taken {
            let from = (row + r) * stride;
            input[r * depth..(r + 1) * depth].copy_from_slice(&rows[from..from + depth]);
        }
        let x = Rows { data: &input, stride: depth };
        product(taken, depth, columns, x, w, start, RowsMut { data: &mut rows[row * stride + to..], stride });
    }
}

/// Computes the hidden layers, m and a of every edge.
#[inline(always)]
fn messages(dims: &Dims, table: &Table<'_>, layer: usize, weights: &[f32], nodes: &[f32], edges: &mut [f32]) {
    let (h, wide) = (dims.hidden as usize, dims.wide());
    let (node_width, width) = (dims.node_forward(), dims.edge_forward());
    let (node_stride, stride) = (dims.layers as usize * node_width, dims.layers as usize * width);
    let mut classes = vec![0.0; dims.classes() * wide];
    class_rows(dims, weights, &mut classes);
    let projection = |node: u32| &nodes[node as usize * node_stride + layer * node_width + h..][..wide];
    for edge in 0..table.edges() {
        let hidden = &mut edges[edge * stride + layer * width..][..wide];
        let (from, to) = (projection(table.source[edge]), projection(table.target[edge]));
        let class = &classes[table.class[edge] as usize * wide..][..wide];
        for c in 0..wide {
            hidden[c] = (from[c] - to[c] + class[c]).max(0.0);
        }
    }
    let rows = &mut edges[layer * width..];
    let mut results = vec![0.0; 8 * h];
    for first in (0..table.edges()).step_by(4) {
        let taken = (table.edges() - first).min(4);
        second_layers(dims, weights, taken, RowsMut { data: &mut rows[first * stride..], stride }, &mut results);
    }
}

/// Computes the second layers of up to four edges; `results` has room for both.
#[inline(always)]
fn second_layers(dims: &Dims, weights: &[f32], taken: usize, rows: RowsMut<'_>, results: &mut [f32]) {
    let (h, a, wide, at) = (dims.hidden as usize, dims.attention as usize, dims.wide(), dims.offsets());
    let RowsMut { data: rows, stride } = rows;
    let (message, attention) = results.split_at_mut(4 * h);
    let bias = Start::Row(&weights[at.message_bias..at.message_bias + h]);
    let to_message = RowsMut { data: message, stride: h };
    product(taken, h, h, Rows { data: rows, stride }, &weights[at.message..], bias, to_message);
    let bias = Start::Row(&weights[at.attention_bias..at.attention_bias + h]);
    let hidden = Rows { data: &rows[h..], stride };
    let to_attention = RowsMut { data: attention, stride: h };
    product(taken, a, h, hidden, &weights[at.attention..], bias, to_attention);
    for edge in 0..taken {
        let row = &mut rows[edge * stride + wide..][..2 * h];
        row[..h].copy_from_slice(&message[edge * h..][..h]);
        for (gate, logit) in row[h..].iter_mut().zip(&attention[edge * h..][..h]) {
            *gate = 1.0 / (1.0 + (-logit).exp());
        }
    }
}

/// Computes the contribution of the edge input to the first layers, by class: bias, position rows, label row.
#[inline(always)]
fn class_rows(dims: &Dims, weights: &[f32], classes: &mut [f32]) {
    let (wide, at) = (dims.wide(), dims.offsets());
    for (class, values) in classes.chunks_exact_mut(wide).enumerate() {
        values.copy_from_slice(&weights[at.bias..at.bias + wide]);
        let (rows, count) = dims.class_rows(class);
        for row in &rows[..count] {
            let weights = &weights[at.edge + row * wide..][..wide];
            values.iter_mut().zip(weights).for_each(|(value, weight)| *value += weight);
        }
    }
}

/// Sums the gated messages of every node and applies its GRU. The result is the next layer's state, or the final one.
#[inline(always)]
fn update(
    dims: &Dims,
    table: &Table<'_>,
    layer: usize,
    weights: &[f32],
    nodes: &mut [f32],
    edges: &[f32],
    states: &mut [f32],
) {
    let (h, wide, at) = (dims.hidden as usize, dims.wide(), dims.offsets());
    let (width, edge_width) = (dims.node_forward(), dims.edge_forward());
    let (stride, edge_stride) = (dims.layers as usize * width, dims.layers as usize * edge_width);
    let [mut sums, mut gates, mut next] = [4, 12, 1].map(|rows| vec![0.0; rows * h]);
    for first in (0..table.nodes()).step_by(4) {
        let taken = (table.nodes() - first).min(4);
        sums.fill(0.0);
        for n in 0..taken {
            let sum = &mut sums[n * h..(n + 1) * h];
            for edge in table.first_edge[first + n]..table.first_edge[first + n + 1] {
                let row = &edges[edge as usize * edge_stride + layer * edge_width + wide..][..2 * h];
                let (message, gate) = row.split_at(h);
                for c in 0..h {
                    sum[c] = message[c].mul_add(gate[c], sum[c]);
                }
            }
        }
        let bias = Start::Row(&weights[at.input_bias..at.input_bias + 3 * h]);
        let to_gates = RowsMut { data: &mut gates, stride: 3 * h };
        product(taken, h, 3 * h, Rows { data: &sums, stride: h }, &weights[at.input..], bias, to_gates);
        for n in 0..taken {
            let row = &mut nodes[(first + n) * stride + layer * width..];
            row[wide + 4 * h..wide + 5 * h].copy_from_slice(&sums[n * h..(n + 1) * h]);
            gru(h, wide, row, &gates[3 * h * n..3 * h * (n + 1)], &mut next);
            if layer + 1 < dims.layers as usize {
                let next = next.iter().map(|value| value.max(0.0));
                row[width..width + h].iter_mut().zip(next).for_each(|(state, value)| *state = value);
            } else {
                states[(first + n) * h..(first + n + 1) * h].copy_from_slice(&next);
            }
        }
    }
}

/// Applies the element-wise part of the GRU to one node's row and saves the gates for the backward pass.
#[inline(always)]
fn gru(h: usize, wide: usize, row: &mut [f32], gi: &[f32], next: &mut [f32]) {
    let (before, gates) = row.split_at_mut(wide + 5 * h);
    let (state, gh) = (&before[..h], &before[h + wide..4 * h + wide]);
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    for c in 0..h {
        let r = sigmoid(gi[c] + gh[c]);
        let z = sigmoid(gi[h + c] + gh[h + c]);
        let n = (gi[2 * h + c] + r * gh[2 * h + c]).tanh();
        (gates[c], gates[h + c], gates[2 * h + c]) = (r, z, n);
        next[c] = (1.0 - z) * n + z * state[c];
    }
}
