//! Batch normalisation: memory-bound.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::batch_norm::Norm;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let batch = if matches!(device, Device::Cpu) { 64 } else { 16 };
    for (channels, pixels) in [(64, 1024), (64, 64)] {
        let (epsilon, momentum, affine, relu, training) = (1e-5, 0.1, true, true, true);
        let size = Norm { batch, channels, pixels, epsilon, momentum, affine, relu, training };
        let (len, parts) = (size.len(), 2 * channels * size.parts());
        let label = format!("{channels} channels {pixels} pixels batch {batch}");
        let mut run = |call, lens: &[usize]| common::bench(criterion, device, &label, call, lens, 0.5);
        run(size.statistics(), &[len, parts]);
        run(size.normalise(), &[len, 2 * channels, channels, channels, len]);
        run(size.reduce(), &[len, 2 * channels, channels, channels, len, parts]);
        run(size.backward(), &[len, 2 * channels, channels, channels, len, channels, channels, len]);
    }
}
