//! Matrix products, m x k x n: squares, and the skinny shapes of generators and heads.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::matmul::{Matmul, column_sums};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    for [m, k, n] in [[64, 64, 64], [256, 256, 256], [512, 512, 512], [40, 24, 152], [4096, 64, 64]] {
        let shape = Matmul::new(m, k, n);
        let lens = [m * k, k * n, n, m * n];
        let label = format!("{m}x{k}x{n}");
        common::bench(criterion, device, &label, shape.call(), &lens, 0.5);
        if m == 512 {
            // Every variant, whatever the device would take; and the product of a linear layer.
            let linear = Matmul { transpose_b: true, bias: true, relu: true, ..shape };
            common::bench(criterion, device, &format!("{label} linear"), linear.call(), &lens, 0.5);
            if !matches!(device, Device::Cpu) {
                let mut tiled = shape.tiled();
                tiled.software = None;
                common::bench(criterion, device, &label, tiled, &lens, 0.5);
                common::bench(criterion, device, &label, shape.strided(), &lens, 0.5);
            }
        }
    }
    common::bench(criterion, device, "4096x64", column_sums(4096, 64, 64), &[4096 * 64, 64 * 64], 0.5);
}
