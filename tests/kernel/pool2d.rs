//! Pooling against its twins, and the twins against the definition.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::pool2d::Pooling;

fn pooling([planes, height, width]: [usize; 3], side: usize) -> Pooling {
    Pooling { planes, height, width, kernel: [side; 2], stride: 1, padding: [0; 2], count_padding: false }
}

/// A single pixel, windows larger than the unpadded image, gaps between windows, a window of the size of the image.
fn sizes() -> Vec<Pooling> {
    vec![
        pooling([1, 1, 1], 1),
        Pooling { padding: [1; 2], ..pooling([6, 8, 9], 3) },
        Pooling { padding: [1; 2], stride: 2, ..pooling([6, 9, 12], 3) },
        Pooling { padding: [1; 2], stride: 2, count_padding: true, ..pooling([3, 5, 2], 3) },
        Pooling { padding: [1; 2], ..pooling([2, 1, 2], 3) },
        Pooling { stride: 2, ..pooling([70, 7, 8], 2) },
        Pooling { stride: 3, ..pooling([4, 7, 7], 2) },
        Pooling { padding: [2; 2], ..pooling([3, 6, 5], 5) },
        Pooling { kernel: [4, 6], ..pooling([15, 4, 6], 1) },
        // Signals, and other paddings on each axis.
        Pooling { kernel: [1, 3], padding: [0, 1], ..pooling([1, 1, 1], 1) },
        Pooling { kernel: [1, 3], padding: [0, 1], stride: 2, ..pooling([7, 1, 21], 1) },
        Pooling { kernel: [1, 5], padding: [0, 2], count_padding: true, ..pooling([70, 1, 13], 1) },
        Pooling { kernel: [5, 2], padding: [2, 1], stride: 2, ..pooling([3, 9, 6], 1) },
    ]
}

/// Rounds the values so that many are equal.
fn coarse(mut values: Vec<f32>) -> Vec<f32> {
    values.iter_mut().for_each(|x| *x = (2.0 * *x).round() / 2.0);
    values
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(31);
    let mut cases = Vec::new();
    for size in sizes() {
        let [rows, columns] = size.out().unwrap();
        let (inputs, outputs) = (size.planes * size.height * size.width, size.planes * rows * columns);
        for x in [uniform(&mut rng, inputs), coarse(uniform(&mut rng, inputs))] {
            let g = uniform(&mut rng, outputs);
            let max = Case::new(size.max(), vec![x.clone(), unwritten(outputs)]);
            let y = max.run(&Device::Cpu).remove(0);
            cases.push(max);
            cases.push(Case::new(size.max_grad(), vec![x.clone(), y, g.clone(), unwritten(inputs)]));
            cases.push(Case::new(size.average(), vec![x, unwritten(outputs)]));
            cases.push(Case::new(size.average_grad(), vec![g, unwritten(inputs)]));
        }
    }
    cases
}

/// Returns the pixels of a window inside the image, in order.
fn window(size: &Pooling, plane: usize, oy: usize, ox: usize) -> Vec<usize> {
    let mut pixels = Vec::new();
    for (ky, kx) in (0..size.kernel[0]).flat_map(|ky| (0..size.kernel[1]).map(move |kx| (ky, kx))) {
        let iy = (oy * size.stride + ky).wrapping_sub(size.padding[0]);
        let ix = (ox * size.stride + kx).wrapping_sub(size.padding[1]);
        if iy < size.height && ix < size.width {
            pixels.push((plane * size.height + iy) * size.width + ix);
        }
    }
    pixels
}

#[test]
fn the_twins_match_the_definition() {
    let mut rng = rng(32);
    for size in sizes() {
        let [rows, columns] = size.out().unwrap();
        let (inputs, outputs) = (size.planes * size.height * size.width, size.planes * rows * columns);
        let (x, g) = (coarse(uniform(&mut rng, inputs)), uniform(&mut rng, outputs));
        let (mut max, mut average) = (vec![0.0; outputs], vec![0.0; outputs]);
        let (mut max_grad, mut average_grad) = (vec![0.0; inputs], vec![0.0; inputs]);
        for o in 0..outputs {
            let pixels = window(&size, o / (rows * columns), o / columns % rows, o % columns);
            let best = pixels.iter().copied().reduce(|best, i| if x[i] > x[best] { i } else { best }).unwrap();
            let count = if size.count_padding { size.kernel[0] * size.kernel[1] } else { pixels.len() } as f32;
            max[o] = x[best];
            max_grad[best] += g[o];
            average[o] = pixels.iter().map(|i| x[*i]).sum::<f32>() / count;
            pixels.iter().for_each(|i| average_grad[*i] += g[o] / count);
        }
        let run = |call, mut operands: Vec<Vec<f32>>, len| {
            operands.push(unwritten(len));
            Case::new(call, operands).run(&Device::Cpu).remove(0)
        };
        let close = |actual: Vec<f32>, expected: &[f32]| {
            assert!(actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{size:?}");
        };
        assert_eq!(run(size.max(), vec![x.clone()], outputs), max, "{size:?}");
        close(run(size.max_grad(), vec![x.clone(), max, g.clone()], inputs), &max_grad);
        close(run(size.average(), vec![x], outputs), &average);
        close(run(size.average_grad(), vec![g], inputs), &average_grad);
    }
}
