//! Why images are NCHW: a convolution over NHWC images on the processor, beside the twin's over NCHW.
//!
//! Over NHWC a window's place is one product of shifted pixels with a matrix of weights, so that a fast matrix product is
//! a fast convolution. Run with `RAYON_NUM_THREADS=1`; GFLOP/s are in `RESULTS.md`.
#![allow(clippy::unwrap_used)] // a benchmark that cannot run may stop

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use graphpnas::device::Device;
use graphpnas::kernel::gemm::{Strides, product};
use graphpnas::tape::{ConvSettings, Plan, StoreBuilder, Tape};

/// Channels, side, window, batch.
const CASES: [[usize; 4]; 6] =
    [[64, 32, 3, 8], [16, 32, 3, 8], [32, 16, 3, 16], [64, 8, 3, 16], [16, 32, 1, 8], [64, 32, 1, 8]];

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect()
}

/// Copies an image into the middle of zeros, `pad` wide on every side.
fn padded(image: &[f32], channels: usize, side: usize, pad: usize, out: &mut [f32]) {
    let row = (side + 2 * pad) * channels;
    for (y, line) in image.chunks(side * channels).enumerate() {
        out[(y + pad) * row + pad * channels..][..line.len()].copy_from_slice(line);
    }
}

/// y = conv(x, w) with x of batch x side x side x channels, w of window x window x channels x channels; the pixels of y
/// lie in rows as wide as the padded image's, because a product runs over whole rows.
fn nhwc(x: &[f32], w: &[f32], [channels, side, window, batch]: [usize; 4], room: &mut [f32], y: &mut [f32]) {
    let pad = window / 2;
    let wide = side + 2 * pad;
    let pixels = (side - 1) * wide + side;
    let stride = Strides::rows(channels);
    for image in 0..batch {
        padded(&x[image * side * side * channels..][..side * side * channels], channels, side, pad, room);
        let y = &mut y[image * side * wide * channels..][..pixels * channels];
        for place in 0..window * window {
            let from = (place / window * wide + place % window) * channels;
            let (pixels_of, weights) = (&room[from..], &w[place * channels * channels..][..channels * channels]);
            product([pixels, channels, channels], (y, stride), (pixels_of, stride), (weights, stride), place > 0);
        }
    }
}

fn layouts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("layout");
    for case in CASES {
        let [channels, side, window, batch] = case;
        let label = format!("{channels} channels {window}x{window} {side}x{side} batch {batch}");
        let (x, w) = (numbers(batch * side * side * channels), numbers(window * window * channels * channels));
        group.throughput(Throughput::Elements((2 * x.len() * channels * window * window) as u64));
        let wide = side + 2 * (window / 2);
        let (mut room, mut y) = (vec![0.0; wide * wide * channels], vec![0.0; batch * side * wide * channels]);
        group.bench_function(BenchmarkId::new("NHWC", &label), |b| {
            b.iter(|| nhwc(&x, &w, case, &mut room, &mut y));
        });
        let mut tape = Tape::new();
        let image = tape.constant(&x, &[batch, channels, side, side]).unwrap();
        let weights = tape.constant(&w, &[channels, channels, window, window]).unwrap();
        let same = ConvSettings { padding: [window / 2; 2], ..ConvSettings::default() };
        let out = tape.conv2d(image, weights, None, same).unwrap();
        let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
        let mut plan = Plan::new(&tape, &[out], &store, &Device::Cpu).unwrap();
        group.bench_function(BenchmarkId::new("NCHW", &label), |b| b.iter(|| plan.run(&mut store).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, layouts);
criterion_main!(benches);
