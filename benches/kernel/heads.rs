//! The output heads on two NAS-Bench-201 cells, the batch of a training step.

use super::{common, message_passing};
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::heads::{HeadDims, backward, forward, weights};

/// Returns the heads of a NAS-Bench-201 generator, with the batch of the message-passing benchmark.
pub fn dims() -> HeadDims {
    let of = message_passing::dims();
    let (subgraphs, nodes, edges) = (of.subgraphs, of.nodes, of.edges);
    HeadDims { hidden: of.hidden, mixtures: 10, edge_labels: 5, node_labels: 0, subgraphs, nodes, edges }
}

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (dims, table) = (dims(), message_passing::table());
    let nodes = dims.nodes as usize;
    let states = || vec![0.1; nodes * dims.hidden as usize];
    let values = || vec![0.1; nodes * dims.row()];
    let logits = || vec![0.1; nodes * dims.logits()];
    let weight = || vec![0.05; dims.weights()];
    let mut run =
        |call, operands: &[Vec<f32>]| common::bench_with(criterion, device, "nasbench201 x 2", call, operands);
    run(forward(&dims), &[weight(), table.clone(), values(), logits(), states()]);
    run(backward(&dims), &[weight(), table.clone(), values(), logits(), values(), states()]);
    run(weights(&dims), &[weight(), table, values(), logits(), values()]);
}
