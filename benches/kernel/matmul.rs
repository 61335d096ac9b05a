//! Matrix products, m x k x n: squares, and the skinny shapes of generators and heads.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::matmul::Matmul;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    for [m, k, n] in [[64, 64, 64], [256, 256, 256], [512, 512, 512], [40, 24, 152], [4096, 64, 64]] {
        let shape = Matmul::new(m, k, n);
        let lens = [m * k, k * n, n, m * n];
        let label = format!("{m}x{k}x{n}");
        common::bench(criterion, device, &label, shape.call(), &lens, 0.5);
        if m == 512 {
            // The product of a linear layer, and the variants that the device does not select by default.
            let linear = Matmul { transpose_b: true, bias: true, relu: true, ..shape };
            common::bench(criterion, device, &format!("{label} linear"), linear.call(), &lens, 0.5);
            if let Device::Gpu(gpu) = device {
                let other = if gpu.is_software() { shape.tiled() } else { shape.blocked() };
                common::bench(criterion, device, &label, other, &lens, 0.5);
                common::bench(criterion, device, &label, shape.strided(), &lens, 0.5);
            }
        }
    }
}
