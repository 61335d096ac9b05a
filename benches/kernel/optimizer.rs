//! Optimizer updates of a million weights: memory-bound.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::optimizer::{
    AdamSettings, RmsPropSettings, SgdSettings, adam, clip, ema, parts, rmsprop, sgd, squares,
};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let len = 1 << 20;
    let momentum = SgdSettings { momentum: 0.9, nesterov: true, decay: 5e-4 };
    let mut bench = |call, lens: &[usize]| common::bench(criterion, device, "1M", call, lens, 0.5);
    bench(sgd(momentum, len), &[len, len, 2, 1, len]);
    bench(adam(AdamSettings::default(), len), &[len, len, 2, 1, len, len]);
    bench(rmsprop(RmsPropSettings::default(), len), &[len, len, 2, 1, len, len]);
    bench(ema(0.999, len), &[len, len]);
    bench(squares(len, 0), &[len, parts(len)]);
    bench(clip(parts(len), 5.0), &[parts(len), 1]);
}
