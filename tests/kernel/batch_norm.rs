//! Batch normalisation against its twins, and its statistics against double precision.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::batch_norm::Norm;

fn norm([batch, channels, pixels]: [usize; 3]) -> Norm {
    Norm { batch, channels, pixels, epsilon: 1e-5, momentum: 0.1, affine: false, relu: false, training: true }
}

/// A single element, a single pixel, planes larger than a part, parts of one and of many images.
fn sizes() -> Vec<Norm> {
    vec![
        norm([1, 1, 1]),
        Norm { affine: true, relu: true, ..norm([3, 5, 7]) },
        Norm { affine: true, training: false, ..norm([2, 3, 64]) },
        Norm { affine: true, relu: true, ..norm([5, 70, 1]) },
        Norm { relu: true, training: false, ..norm([9, 2, 1000]) },
        norm([3, 2, 5000]),
        Norm { affine: true, ..norm([70, 3, 256]) },
    ]
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(21);
    let mut cases = Vec::new();
    for size in sizes() {
        let (len, channels) = (size.len(), size.channels);
        let parts = 2 * channels * size.parts();
        let mut some = |len: usize| uniform(&mut rng, len);
        let positive = |numbers: Vec<f32>| numbers.into_iter().map(|x| x.abs() + 0.5).collect::<Vec<_>>();
        let (x, g, w, b) = (some(len), some(len), some(channels), some(channels));
        let stats = [some(channels), positive(some(channels))].concat();
        cases.push(Case::new(size.statistics(), vec![x.clone(), unwritten(parts)]).within(1e-4));
        let running = [some(channels), positive(some(channels))];
        let own = vec![positive(some(parts)), running[0].clone(), running[1].clone(), unwritten(2 * channels)];
        cases.push(Case::new(size.finish(), own));
        let [mean, var] = running;
        cases.push(Case::new(size.inference(), vec![mean, var, unwritten(2 * channels)]));
        let operands = vec![x.clone(), stats.clone(), w.clone(), b.clone(), unwritten(len)];
        cases.push(Case::new(size.normalise(), operands));
        let operands = vec![x.clone(), stats.clone(), w.clone(), b.clone(), g.clone(), unwritten(parts)];
        cases.push(Case::new(size.reduce(), operands).within(1e-4));
        cases.push(Case::new(size.collect(), vec![some(parts), unwritten(channels), unwritten(channels)]));
        let (db, dw) = (some(channels), some(channels));
        cases.push(Case::new(size.backward(), vec![x, stats, w, b, g, db, dw, unwritten(len)]));
    }
    cases
}

/// With a mean of a thousand standard deviations, a naive sum of squares loses every digit of the variance.
#[test]
fn statistics_are_accurate_far_from_zero() {
    let size = norm([64, 3, 256]);
    let x: Vec<_> = uniform(&mut rng(22), size.len()).iter().map(|x| 1000.0 + x).collect();
    for device in [Device::Cpu, super::common::gpu()] {
        let parts = Case::new(size.statistics(), vec![x.clone(), unwritten(6 * size.parts())]).run(&device).remove(0);
        let operands = vec![parts, vec![0.0; 3], vec![1.0; 3], unwritten(6)];
        let results = Case::new(size.finish(), operands).run(&device);
        let channel = |c: usize| x.chunks(256).skip(c).step_by(3).flatten().map(|x| f64::from(*x));
        for c in 0..3 {
            let n = channel(c).count() as f64;
            let mean = channel(c).sum::<f64>() / n;
            let squares = channel(c).map(|x| (x - mean).powi(2)).sum::<f64>();
            let close = |actual: f32, expected: f64, bound: f64| {
                assert!(
                    (f64::from(actual) / expected - 1.0).abs() < bound,
                    "{actual} for {expected} on {}",
                    device.name()
                );
            };
            close(results[2][c], mean, 1e-6);
            close(results[2][3 + c], (squares / n + 1e-5).sqrt().recip(), 1e-4);
            close(results[0][c], 0.1 * mean, 1e-5);
            close(results[1][c], 0.9 + 0.1 * squares / (n - 1.0), 1e-5);
        }
    }
}
