//! Dropout: one hash per element.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::dropout::mask;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let len = 1 << 20;
    common::bench(criterion, device, "1M", mask(len, 1, 0.5, 1), &[len, 1, len], 0.5);
    common::bench(criterion, device, "1M in samples", mask(len, 1 << 14, 0.5, 1), &[len, 1, len], 0.5);
}
