//! The element-wise part of an LSTM cell.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::lstm::{backward, forward};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (rows, units) = (4096, 64);
    let len = rows * units;
    common::bench(criterion, device, "4096x64", forward(rows, units), &[4 * len, 4 * len, len, len, len], 0.5);
    let lens = [4 * len, 4 * len, len, len, len, 4 * len, len];
    common::bench(criterion, device, "4096x64", backward(rows, units), &lens, 0.5);
}
