//! The element-wise part of a GRU cell.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::gru::{backward, forward};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (rows, units) = (4096, 64);
    let len = rows * units;
    common::bench(criterion, device, "4096x64", forward(rows, units), &[3 * len, 3 * len, len, len], 0.5);
    let lens = [3 * len, 3 * len, len, len, 3 * len, 3 * len, len];
    common::bench(criterion, device, "4096x64", backward(rows, units), &lens, 0.5);
}
