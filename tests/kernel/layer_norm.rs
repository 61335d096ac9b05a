//! Layer normalisation against its twins, and the twins against double precision.

use super::parity::{Case, by_lanes, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::layer_norm::LayerNorm;

fn norm([batch, channels, positions]: [usize; 3]) -> LayerNorm {
    LayerNorm { batch, channels, positions, epsilon: 1e-5 }
}

/// A single element, a single channel, a single position, channels that are no multiple of the lanes, several parts.
fn sizes() -> Vec<LayerNorm> {
    [[1, 1, 1], [2, 1, 5], [3, 7, 1], [3, 5, 7], [2, 64, 16], [1, 35, 100], [70, 9, 256], [2, 3, 5000]]
        .map(norm)
        .to_vec()
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(41);
    let mut cases = Vec::new();
    for size in sizes() {
        let (len, channels, rows) = (size.len(), size.channels, size.batch * size.positions);
        let mut some = |len: usize| uniform(&mut rng, len);
        let (x, w, b, g) = (some(len), some(channels), some(channels), some(len));
        let forward = vec![x.clone(), w.clone(), b, unwritten(len), unwritten(2 * rows)];
        // The difference of two elements is divided by that difference and epsilon: rounding errors grow.
        let tolerance = if channels < 4 { 2e-3 } else { 1e-4 };
        cases.extend(by_lanes(&size.forward(), rows).map(|call| Case::new(call, forward.clone()).within(tolerance)));
        let stats = Case::new(size.forward(), forward).run(&Device::Cpu).remove(1);
        let backward = vec![x.clone(), stats.clone(), w, g.clone(), unwritten(len)];
        cases.extend(by_lanes(&size.backward(), rows).map(|call| Case::new(call, backward.clone()).within(tolerance)));
        let sums = size.parts() * channels;
        let reduce = vec![x, stats, g, unwritten(sums), unwritten(sums)];
        cases.push(Case::new(size.reduce(), reduce).within(1e-4));
    }
    cases
}

/// The definition in double precision, of one position: PyTorch's `LayerNorm` over the channels. Returns y and the
/// gradient of x for the gradient g of y.
fn expected(x: &[f64], w: &[f64], b: &[f64], g: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let std = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n + 1e-5).sqrt();
    let normed: Vec<_> = x.iter().map(|x| (x - mean) / std).collect();
    let y = normed.iter().zip(w).zip(b).map(|((x, w), b)| x * w + b).collect();
    // The Jacobian, element by element: d xhat_j / d x_i = ((i == j) - 1/n - xhat_i xhat_j / n) / std.
    let entry = |i: usize, j: usize| (f64::from(u8::from(i == j)) - (1.0 + normed[i] * normed[j]) / n) / std;
    let dx = (0..x.len()).map(|i| (0..x.len()).map(|j| g[j] * w[j] * entry(i, j)).sum()).collect();
    (y, dx)
}

/// Also for values with a mean of many standard deviations, where a naive sum of squares loses the variance.
#[test]
fn results_agree_with_double_precision() {
    let size = norm([3, 20, 6]);
    let mut rng = rng(42);
    for offset in [0.0, 100.0] {
        let x: Vec<_> = uniform(&mut rng, size.len()).iter().map(|x| x + offset).collect();
        let (w, b, g) = (uniform(&mut rng, 20), uniform(&mut rng, 20), uniform(&mut rng, size.len()));
        let wide = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
        for device in [Device::Cpu, super::common::gpu()] {
            let operands = vec![x.clone(), w.clone(), b.clone(), unwritten(size.len()), unwritten(2 * 3 * 6)];
            let [y, stats] = <[_; 2]>::try_from(Case::new(size.forward(), operands).run(&device)).unwrap();
            let operands = vec![x.clone(), stats, w.clone(), g.clone(), unwritten(size.len())];
            let dx = Case::new(size.backward(), operands).run(&device).remove(0);
            for row in 0..3 * 6 {
                let at = |c: usize| (row / 6 * 20 + c) * 6 + row % 6;
                let of = |x: &[f32]| (0..20).map(|c| f64::from(x[at(c)])).collect::<Vec<_>>();
                let (expected_y, expected_dx) = expected(&of(&x), &wide(&w), &wide(&b), &of(&g));
                let close = |actual: Vec<f64>, expected: &[f64], what: &str| {
                    let worst = actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                    assert!(worst < 2e-4, "{what} is off by {worst} on {}", device.name());
                };
                close(of(&y), &expected_y, "y");
                close(of(&dx), &expected_dx, "the gradient");
            }
        }
    }
}
