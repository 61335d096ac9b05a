//! Reading and writing slices: copies.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::slice::Slice;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let half = Slice { outer: 64, x_rows: 32, x_columns: 1024, y_rows: 64, y_columns: 1024, row: 32, column: 0 };
    let moved = Slice { outer: 4096, x_rows: 32, x_columns: 32, y_rows: 32, y_columns: 32, row: 1, column: 1 };
    common::bench(criterion, device, "half of 4M", half.paste(), &[1 << 21, 1 << 22], 0.5);
    common::bench(criterion, device, "4M moved by a pixel", moved.cut(), &[1 << 22, 1 << 22], 0.5);
}
