//! Convolutions against their twins, and the twin against the definition.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::conv2d::{Conv2d, sum_parts};

/// Awkward sizes: single pixels and channels, tiles cut off, odd sides with strides, dilation, groups.
fn sizes() -> Vec<Conv2d> {
    let of = Conv2d::new;
    vec![
        of([1, 1, 1, 1], 1, [1, 1]),
        Conv2d { bias: true, relu: true, ..of([3, 6, 5, 7], 5, [1, 1]) },
        of([2, 3, 5, 11], 4, [1, 1]),
        Conv2d { padding: 1, ..of([2, 3, 9, 7], 6, [3, 3]) },
        Conv2d { padding: 1, ..of([2, 2, 1, 1], 3, [3, 3]) },
        Conv2d { padding: 1, stride: 2, relu: true, ..of([19, 3, 9, 12], 5, [3, 3]) },
        Conv2d { stride: 2, ..of([2, 3, 8, 7], 2, [1, 1]) },
        Conv2d { padding: 2, bias: true, ..of([1, 4, 6, 17], 9, [5, 5]) },
        Conv2d { padding: 2, dilation: 2, ..of([2, 3, 7, 9], 4, [3, 3]) },
        Conv2d { padding: 3, stride: 3, dilation: 2, ..of([2, 2, 10, 8], 3, [2, 3]) },
        Conv2d { padding: 1, groups: 6, relu: true, ..of([2, 6, 9, 7], 6, [3, 3]) },
        Conv2d { padding: 1, groups: 2, bias: true, ..of([2, 6, 5, 8], 10, [3, 3]) },
        Conv2d { padding: 1, ..of([2, 40, 32, 32], 8, [3, 3]) },
    ]
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(11);
    let mut cases = Vec::new();
    for size in sizes() {
        let [height, width] = size.out().unwrap();
        let (image, result) = (size.batch * size.channels * size.height * size.width, size.batch * size.filters);
        let (x, w) = (uniform(&mut rng, image), uniform(&mut rng, size.weights()));
        let (b, g) = (uniform(&mut rng, size.filters), uniform(&mut rng, result * height * width));
        let y = unwritten(g.len());
        cases.push(Case::new(size.forward(), vec![x.clone(), w.clone(), b, y]).within(1e-4));
        cases.push(Case::new(size.grad_input(), vec![g.clone(), w.clone(), x, unwritten(image)]).within(1e-4));
        let (x, parts) = (uniform(&mut rng, image), unwritten(size.parts() * w.len()));
        cases.push(Case::new(size.grad_weight(), vec![x, g.clone(), parts]).within(1e-4));
        cases.push(Case::new(size.grad_bias(), vec![g, unwritten(result)]).within(1e-4));
    }
    for (parts, len) in [(1, 1), (7, 30)] {
        cases.push(Case::new(sum_parts(parts, len), vec![uniform(&mut rng, parts * len), unwritten(len)]));
    }
    cases
}

/// y by its definition.
fn defined(size: &Conv2d, x: &[f32], w: &[f32], b: &[f32]) -> Vec<f32> {
    let [height, width] = size.out().unwrap();
    let (filters, depth, [kh, kw]) = (size.filters / size.groups, size.channels / size.groups, size.kernel);
    let mut y = Vec::new();
    for (n, f) in (0..size.batch).flat_map(|n| (0..size.filters).map(move |f| (n, f))) {
        for (oy, ox) in (0..height).flat_map(|oy| (0..width).map(move |ox| (oy, ox))) {
            let mut sum = if size.bias { b[f] } else { 0.0 };
            for place in 0..depth * kh * kw {
                let (c, ky, kx) = (place / (kh * kw), place / kw % kh, place % kw);
                let iy = (oy * size.stride + ky * size.dilation).wrapping_sub(size.padding);
                let ix = (ox * size.stride + kx * size.dilation).wrapping_sub(size.padding);
                if iy < size.height && ix < size.width {
                    let channel = n * size.channels + f / filters * depth + c;
                    let x = x[(channel * size.height + iy) * size.width + ix];
                    sum += w[f * depth * kh * kw + place] * if size.relu { x.max(0.0) } else { x };
                }
            }
            y.push(sum);
        }
    }
    y
}

#[test]
fn the_twin_is_the_definition() {
    let mut rng = rng(12);
    for size in sizes() {
        let x = uniform(&mut rng, size.batch * size.channels * size.height * size.width);
        let (w, b) = (uniform(&mut rng, size.weights()), uniform(&mut rng, size.filters));
        let expected = defined(&size, &x, &w, &b);
        let y = &Case::new(size.forward(), vec![x, w, b, unwritten(expected.len())]).run(&Device::Cpu)[0];
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-4 * (1.0 + b.abs());
        assert!(y.iter().zip(&expected).all(close), "{size:?}");
    }
}
