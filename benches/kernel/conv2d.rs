//! Convolutions: bound by arithmetic. A smaller batch on a GPU, which may be software.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::conv2d::Conv2d;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let batch = if matches!(device, Device::Cpu) { 64 } else { 16 };
    for (channels, side, window) in [(64, 32, 3), (16, 32, 3), (64, 8, 3), (64, 32, 1), (16, 32, 1)] {
        let of = Conv2d::new([batch, channels, side, side], channels, [window, window]);
        let size = Conv2d { padding: window / 2, ..of };
        let (image, weights) = (batch * channels * side * side, size.weights());
        let label = format!("{channels} channels {window}x{window} {side}x{side} batch {batch}");
        common::bench(criterion, device, &label, size.forward(), &[image, weights, channels, image], 0.5);
        common::bench(criterion, device, &label, size.grad_input(), &[image, weights, image, image], 0.5);
        let parts = size.parts() * weights;
        common::bench(criterion, device, &label, size.grad_weight(), &[image, image, parts], 0.5);
    }
}
