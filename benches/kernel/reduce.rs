//! Sums and maxima: memory-bound.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::elementwise::Broadcast;
use graphpnas::kernel::reduce::{column_sums, maxima_grad, row_maxima, row_sums, spread};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (rows, columns) = (4096, 256);
    let len = rows * columns;
    common::bench(criterion, device, "4096x256", row_sums(len, columns, 1.0), &[len, rows], 0.5);
    common::bench(criterion, device, "4096x256", row_maxima(rows, columns), &[len, rows], 0.5);
    common::bench(criterion, device, "4096x256", maxima_grad(rows, columns), &[len, rows, rows, len], 0.5);
    common::bench(criterion, device, "4096x256", column_sums(rows, columns, 64), &[len, 64 * columns], 0.5);
    let over = Broadcast { inner: columns, period: rows };
    common::bench(criterion, device, "4096x256", spread(len, over, 1.0), &[rows, len], 0.5);
}
