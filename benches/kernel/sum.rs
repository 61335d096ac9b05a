//! Sums of several tensors: bound by memory.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::sum::{MOST, Sum};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let len = 1 << 20;
    for count in [2, MOST] {
        let sum = Sum { len, count, first: 0, weighted: true, carry: false, scale: 1.0 };
        let with = |others: [usize; 2]| [vec![len; MOST], others.to_vec()].concat();
        let label = format!("{count} of 1M");
        common::bench(criterion, device, &label, sum.forward(), &with([MOST, len]), 0.5);
        common::bench(criterion, device, &label, sum.dots(), &with([len, MOST * sum.parts()]), 0.5);
    }
}
