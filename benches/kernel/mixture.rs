//! Likelihood and loss of two NAS-Bench-201 cells, the batch of a training step.

use super::{common, heads, message_passing};
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::mixture::{likelihood, likelihood_grads, loss, loss_grads, target_len};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (dims, table) = (heads::dims(), message_passing::table());
    let (s, n) = (dims.subgraphs as usize, dims.nodes as usize);
    let logits = || vec![0.1; n * dims.logits()];
    let targets = || vec![0.0; target_len(dims.sizes())];
    let rows = || vec![-0.5; 4 * s];
    let graphs = || [2, 0, 4, 8].map(f32::from_bits).to_vec();
    let pair = || vec![0.5; 2];
    let mut run =
        |call, operands: &[Vec<f32>]| common::bench_with(criterion, device, "nasbench201 x 2", call, operands);
    run(likelihood(&dims), &[logits(), table.clone(), targets(), rows()]);
    run(likelihood_grads(&dims), &[logits(), table, targets(), rows(), logits()]);
    run(loss(&dims, 2), &[rows(), graphs(), pair(), vec![0.0; 4]]);
    run(loss_grads(&dims, 2), &[rows(), graphs(), pair(), vec![0.5; 4], rows()]);
}
