//! Sums of several tensors: memory-bound.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::sum::{MAX_TENSORS, Sum};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let len = 1 << 20;
    for count in [2, MAX_TENSORS] {
        let sum = Sum { len, count, first: 0, weighted: true, carry: false, scale: 1.0 };
        let with = |others: [usize; 2]| [vec![len; MAX_TENSORS], others.to_vec()].concat();
        let label = format!("{count} of 1M");
        common::bench(criterion, device, &label, sum.forward(), &with([MAX_TENSORS, len]), 0.5);
        common::bench(criterion, device, &label, sum.dots(), &with([len, MAX_TENSORS * sum.parts()]), 0.5);
    }
}
