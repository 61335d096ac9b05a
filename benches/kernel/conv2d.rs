//! Convolutions: compute-bound. The cases of `benches/peers/torch_conv.py`, with a quarter of the batch on software
//! Vulkan.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::conv2d::Conv2d;

/// Channels, side, kernel, groups, batch.
const CASES: &[[usize; 5]] = &[
    [64, 32, 3, 1, 64],
    [16, 32, 3, 1, 128],
    [32, 16, 3, 1, 128],
    [64, 8, 3, 1, 128],
    [16, 32, 1, 1, 128],
    [64, 32, 1, 1, 64],
    [64, 32, 3, 64, 64],
];

pub fn bench(criterion: &mut Criterion, device: &Device) {
    for [channels, side, window, groups, batch] in CASES.iter().copied() {
        let software = matches!(device, Device::Gpu(gpu) if gpu.is_software());
        let batch = if software { batch / 4 } else { batch };
        let of = Conv2d::new([batch, channels, side, side], channels, [window, window]);
        let size = Conv2d { padding: [window / 2; 2], groups, ..of };
        let (image, weights) = (batch * channels * side * side, size.weights());
        let kind = if groups > 1 { " depthwise" } else { "" };
        let label = format!("{channels} channels{kind} {window}x{window} {side}x{side} batch {batch}");
        common::bench(criterion, device, &label, size.forward(), &[image, weights, channels, image], 0.5);
        common::bench(criterion, device, &label, size.grad_input(), &[image, weights, image, image], 0.5);
        let parts = size.parts() * weights;
        common::bench(criterion, device, &label, size.grad_weight(), &[image, image, parts], 0.5);
    }
}
