//! Message passing on a training batch of NAS-Bench-201: two graphs of four nodes, seven layers.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::message_passing::{Dims, TableBuilder, TableSizes, backward, forward, weights};

/// Returns the sizes of a training step of a NAS-Bench-201 generator on two graphs.
pub fn dims() -> Dims {
    let TableSizes { subgraphs, nodes, edges } = TableSizes::of_graphs(2, 4);
    let [subgraphs, nodes, edges] = [subgraphs, nodes, edges].map(|size| size as u32);
    Dims { hidden: 24, attention: 128, layers: 7, max_nodes: 4, edge_labels: 5, subgraphs, nodes, edges }
}

/// Returns the table of every row of two fully connected graphs, as bits.
pub fn table() -> Vec<f32> {
    let mut builder = TableBuilder::new(5);
    for _ in 0..2 {
        let full = [0, 1, 3];
        (0..4).for_each(|node| builder.push(&full[..node], |_, _| 3));
    }
    builder.finish(TableSizes::of_graphs(2, 4)).unwrap().into_iter().map(f32::from_bits).collect()
}

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (dims, table) = (dims(), table());
    let zeros = |len: usize| vec![0.0; len];
    let rows = |count: u32, width: usize| zeros((count * dims.layers) as usize * width);
    let states = || zeros((dims.nodes * dims.hidden) as usize);
    let values = || (rows(dims.nodes, dims.node_forward()), rows(dims.edges, dims.edge_forward()));
    let grads = || (rows(dims.nodes, dims.node_backward()), rows(dims.edges, dims.edge_backward()));
    let weight = vec![0.05; dims.weights()];
    let ((v, e), (gv, ge)) = (values(), grads());
    let operands = vec![weight.clone(), table.clone(), states(), v, e];
    common::bench_with(criterion, device, "nasbench201 x 2", forward(&dims), &operands);
    let (v, e) = values();
    let operands = vec![weight, table.clone(), states(), v, e, gv, ge, states()];
    common::bench_with(criterion, device, "nasbench201 x 2", backward(&dims), &operands);
    let ((v, e), (gv, ge)) = (values(), grads());
    let operands = vec![zeros(dims.weights()), table, states(), v, e, gv, ge];
    common::bench_with(criterion, device, "nasbench201 x 2", weights(&dims), &operands);
}
