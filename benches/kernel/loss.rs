//! Losses of batches of CIFAR-10 and of TinyImageNet.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::loss::{cross_entropy, cross_entropy_grad, hits};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    for (rows, classes) in [(256, 10), (256, 200)] {
        let (label, len) = (format!("{rows}x{classes}"), rows * classes);
        let mut bench = |call, lens: &[usize]| common::bench(criterion, device, &label, call, lens, 0.0);
        bench(cross_entropy(rows, classes, 0.1), &[len, rows, rows]);
        bench(cross_entropy_grad(rows, classes, 0.1), &[len, rows, rows, len]);
        bench(hits(rows, classes, 5), &[len, rows, rows]);
    }
}
