//! The twin of the weight gradients: sums over nodes and edges, layer by layer.

use super::{Dims, Table};
use crate::kernel::operands::Operands;
use crate::kernel::small::{Rows, column_sums, outer, vectorized};

/// The values saved by both passes.
#[derive(Clone, Copy)]
struct Saved<'a> {
    nodes: &'a [f32],
    edges: &'a [f32],
    node_gradients: &'a [f32],
    edge_gradients: &'a [f32],
}

/// Returns the shader's items: 4 x 4 blocks of the matrices, four elements of the biases and of the edge input's
/// matrix, and single elements of the input layer.
pub(super) fn items(dims: &Dims) -> usize {
    let (h, h4, a4, wide4) =
        (dims.hidden as usize, dims.hidden as usize / 4, dims.attention as usize / 4, dims.wide() / 4);
    let layer = h4 * wide4 + h * wide4 + wide4 + 7 * h4 * h4 + a4 * h4 + 8 * h4;
    dims.layers as usize * layer + dims.weights() - dims.input_layer()
}

pub(super) fn twin(mut operands: Operands<'_>) {
    let dims: Dims = operands.params();
    let [table, first, nodes, edges, node_gradients, edge_gradients] = operands.reads();
    let [gradient] = operands.writes();
    let table = Table::new(table, dims.sizes());
    let saved = Saved { nodes, edges, node_gradients, edge_gradients };
    vectorized(
        #[inline(always)]
        || {
            let len = dims.offsets().len;
            for layer in 0..dims.layers as usize {
                one_layer(&dims, &table, layer, saved, &mut gradient[layer * len..(layer + 1) * len]);
            }
            input_layer(&dims, &table, first, &mut gradient[dims.input_layer()..]);
        },
    );
}

#[inline(always)]
fn one_layer(dims: &Dims, table: &Table<'_>, layer: usize, saved: Saved<'_>, gradient: &mut [f32]) {
    let (h, a, wide, at, layers) =
        (dims.hidden as usize, dims.attention as usize, dims.wide(), dims.offsets(), dims.layers as usize);
    let rows =
        |data, width: usize, from: usize| Rows { data: saved_from(data, layer * width + from), stride: layers * width };
    let node = |from| rows(saved.nodes, dims.node_forward(), from);
    let edge = |from| rows(saved.edges, dims.edge_forward(), from);
    let node_gradient = |from| rows(saved.node_gradients, dims.node_backward(), from);
    let edge_gradient = |from| rows(saved.edge_gradients, dims.edge_backward(), from);
    let (n, e) = (table.nodes(), table.edges());
    outer(n, h, wide, node(0), node_gradient(6 * h), &mut gradient[at.state..]);
    edge_input(dims, table, node_gradient(6 * h), edge_gradient(0), gradient);
    outer(e, h, h, edge(0), edge_gradient(wide), &mut gradient[at.message..]);
    column_sums(e, h, edge_gradient(wide), &mut gradient[at.message_bias..]);
    outer(e, a, h, edge(h), edge_gradient(wide + h), &mut gradient[at.attention..]);
    column_sums(e, h, edge_gradient(wide + h), &mut gradient[at.attention_bias..]);
    outer(n, h, 3 * h, node(wide + 4 * h), node_gradient(0), &mut gradient[at.input..]);
    column_sums(n, 3 * h, node_gradient(0), &mut gradient[at.input_bias..]);
    outer(n, h, 3 * h, node(0), node_gradient(3 * h), &mut gradient[at.recurrent..]);
    column_sums(n, 3 * h, node_gradient(3 * h), &mut gradient[at.recurrent_bias..]);
}

/// Returns the values from an offset on, or an empty slice if the batch has no edges.
#[inline(always)]
fn saved_from(data: &[f32], from: usize) -> &[f32] {
    data.get(from..).unwrap_or(&[])
}

/// First layers on the edge input: sums per class for the position and label rows, per node for the identity rows.
#[inline(always)]
fn edge_input(dims: &Dims, table: &Table<'_>, nodes: Rows<'_>, edges: Rows<'_>, gradient: &mut [f32]) {
    let (wide, at) = (dims.wide(), dims.offsets());
    let mut classes = vec![0.0; dims.classes() * wide];
    for edge in 0..table.edges() {
        let sum = &mut classes[table.class[edge] as usize * wide..][..wide];
        let row = &edges.data[edge * edges.stride..][..wide];
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let (matrix, rest) = gradient[at.edge..].split_at_mut(at.bias - at.edge);
    matrix.fill(0.0);
    let bias = &mut rest[..wide];
    bias.fill(0.0);
    for (class, sum) in classes.chunks_exact(wide).enumerate() {
        let (rows, count) = dims.class_rows(class);
        for row in &rows[..count] {
            let target = &mut matrix[row * wide..][..wide];
            target.iter_mut().zip(sum).for_each(|(target, value)| *target += value);
        }
        bias.iter_mut().zip(sum).for_each(|(bias, value)| *bias += value);
    }
    for node in 0..table.nodes() {
        let target = &mut matrix[dims.identity_row(table.position[node] as usize) * wide..][..wide];
        let row = &nodes.data[node * nodes.stride..][..wide];
        target.iter_mut().zip(row).for_each(|(target, value)| *target -= value);
    }
}

#[inline(always)]
fn input_layer(dims: &Dims, table: &Table<'_>, first: &[f32], gradient: &mut [f32]) {
    let (h, embedding) = (dims.hidden as usize, dims.embedding());
    gradient.fill(0.0);
    let (matrix, bias) = gradient.split_at_mut(dims.max_nodes as usize * embedding);
    for node in (0..table.nodes()).filter(|node| *node != table.newest(*node)) {
        let row = &first[node * h..node * h + embedding];
        for input in table.inputs(node) {
            let target = &mut matrix[input * embedding..(input + 1) * embedding];
            target.iter_mut().zip(row).for_each(|(target, value)| *target += value);
        }
        bias.iter_mut().zip(row).for_each(|(bias, value)| *bias += value);
    }
}
