//! Pooling.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::pool2d::Pooling;

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let batch = if matches!(device, Device::Cpu) { 64 } else { 16 };
    let planes = 64 * batch;
    let (height, width, count_padding) = (32, 32, false);
    let window = Pooling { planes, height, width, kernel: [3, 3], stride: 1, padding: [1; 2], count_padding };
    let strided = Pooling { stride: 2, ..window };
    let global = Pooling { kernel: [32, 32], padding: [0; 2], ..window };
    let inputs = planes * height * width;
    for (name, size) in [("3x3", window), ("3x3 stride 2", strided), ("global", global)] {
        let Some([rows, columns]) = size.out() else { continue };
        let outputs = planes * rows * columns;
        let label = format!("{name} 64 channels 32x32 batch {batch}");
        let mut run = |call, lens: &[usize]| common::bench(criterion, device, &label, call, lens, 0.5);
        if name != "global" {
            run(size.max(), &[inputs, outputs]);
            run(size.max_grad(), &[inputs, outputs, outputs, inputs]);
        }
        run(size.average(), &[inputs, outputs]);
        run(size.average_grad(), &[outputs, inputs]);
    }
}
