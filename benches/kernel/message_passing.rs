//! Message passing on a training batch of NAS-Bench-201: two graphs of four nodes, seven layers.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::message_passing::{Dims, TableBuilder, TableSizes, backward, forward, weights};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let sizes = TableSizes::of_graphs(2, 4);
    let mut builder = TableBuilder::new(5);
    for _ in 0..2 {
        let full = [0, 1, 3];
        (0..4).for_each(|node| builder.push(&full[..node], |_, _| 3));
    }
    let table: Vec<_> = builder.finish(sizes).unwrap().into_iter().map(f32::from_bits).collect();
    let [subgraphs, nodes, edges] = [sizes.subgraphs, sizes.nodes, sizes.edges].map(|size| size as u32);
    let (hidden, attention, layers) = (24, 128, 7);
    let dims = Dims { hidden, attention, layers, max_nodes: 4, edge_labels: 5, subgraphs, nodes, edges };
    let zeros = |len: usize| vec![0.0; len];
    let rows = |count: u32, width: usize| zeros((count * layers) as usize * width);
    let states = || zeros((nodes * hidden) as usize);
    let values = || (rows(nodes, dims.node_forward()), rows(edges, dims.edge_forward()));
    let grads = || (rows(nodes, dims.node_backward()), rows(edges, dims.edge_backward()));
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
