//! Layer normalisation: memory-bound.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::layer_norm::LayerNorm;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    for (channels, positions) in [(64, 1024), (128, 64)] {
        let size = LayerNorm { batch: 64, channels, positions, epsilon: 1e-5 };
        let (len, stats, sums) = (size.len(), 2 * 64 * positions, size.parts() * channels);
        let label = format!("{channels} channels {positions} positions batch 64");
        let mut run = |call, lens: &[usize]| common::bench(criterion, device, &label, call, lens, 0.5);
        run(size.forward(), &[len, channels, channels, len, stats]);
        run(size.backward(), &[len, stats, channels, len, len]);
        run(size.reduce(), &[len, stats, len, sums, sums]);
    }
}
