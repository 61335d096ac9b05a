//! One convolution in burn on the wgpu backend, to be set beside `cargo bench --bench kernel conv2d`.
//!
//! Run `cargo run --release -- [BATCH]` in `benches/peers/burn`; it takes the adapter that is a processor (lavapipe).
//! Prints a JSON line: milliseconds and GFLOP/s of the forward pass alone and of forward and both gradients
//! (2 FLOP per multiply-add; the gradients count twice the forward pass). Best of the rounds.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, DeviceKind, Distribution, Tensor};
use std::time::Instant;

const CHANNELS: usize = 64;
const SIDE: usize = 32;
const ROUNDS: usize = 6;

fn main() {
    let batch = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(16);
    let device = Device::wgpu(DeviceKind::Cpu).autodiff();
    let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Default, &device);
    let (x, w) = (random([batch, CHANNELS, SIDE, SIDE]), random([CHANNELS, CHANNELS, 3, 3]));
    let flop = (2 * batch * CHANNELS * CHANNELS * 9 * SIDE * SIDE) as f64;
    let forward = best(&device, || {
        let _ = conv2d(x.clone(), w.clone(), None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
    });
    let (x, w) = (x.require_grad(), w.require_grad());
    let both = best(&device, || {
        let y = conv2d(x.clone(), w.clone(), None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
        let grads = y.sum().backward();
        let _ = (x.grad(&grads), w.grad(&grads));
    });
    let rate = |flop: f64, seconds: f64| flop / seconds / 1e9;
    println!(
        "{{\"name\": \"64 channels 3x3 32x32 batch {batch}\", \"forward_ms\": {:.1}, \"forward\": {:.2}, \
         \"both_ms\": {:.1}, \"both\": {:.2}}}",
        1e3 * forward,
        rate(flop, forward),
        1e3 * both,
        rate(3.0 * flop, both),
    );
}

/// Seconds of the fastest of the rounds, after two that compile and tune.
fn best(device: &Device, work: impl Fn()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        work();
        let _ = device.sync();
        start.elapsed().as_secs_f64()
    };
    (0..2 + ROUNDS).map(round).skip(2).fold(f64::INFINITY, f64::min)
}
