//! Softmax over rows of typical numbers of classes.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::softmax::{log_softmax, log_softmax_grad, logsumexp, logsumexp_grad, softmax, softmax_grad};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    for (rows, columns) in [(256, 10), (4096, 200)] {
        let (label, len) = (format!("{rows}x{columns}"), rows * columns);
        let mut bench = |call, lens: &[usize]| common::bench(criterion, device, &label, call, lens, 0.5);
        bench(softmax(rows, columns), &[len, len]);
        bench(log_softmax(rows, columns), &[len, len]);
        bench(logsumexp(rows, columns), &[len, rows]);
        bench(softmax_grad(rows, columns), &[len, len, len]);
        bench(log_softmax_grad(rows, columns), &[len, len, len]);
        bench(logsumexp_grad(rows, columns), &[len, rows, rows, len]);
    }
}
