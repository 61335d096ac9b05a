//! Element-wise kernels: memory-bound.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::elementwise::{Binary, Broadcast, Unary, binary, unary};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let len = 1 << 20;
    common::bench(criterion, device, "1M", unary(Unary::Relu, len), &[len, len], 0.5);
    common::bench(criterion, device, "1M", unary(Unary::Sigmoid, len), &[len, len], 0.5);
    common::bench(criterion, device, "1M", unary(Unary::Gelu, len), &[len, len], 0.5);
    common::bench(criterion, device, "1M", binary(Binary::Add, len, Broadcast::same(len)), &[len; 3], 0.5);
    let column = Broadcast { inner: 1, period: 256 };
    common::bench(criterion, device, "1M by column", binary(Binary::Mul, len, column), &[len, 256, len], 0.5);
}
