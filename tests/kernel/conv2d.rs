//! Convolutions against their twins, and the twins against the definition.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::Call;
use graphpnas::kernel::conv2d::Conv2d;
use graphpnas::kernel::reduce::column_sums;

/// Edge cases: single pixels and channels, partial tiles, odd sides with strides, dilation, groups.
fn sizes() -> Vec<Conv2d> {
    let of = Conv2d::new;
    vec![
        of([1, 1, 1, 1], 1, [1, 1]),
        Conv2d { bias: true, relu: true, ..of([3, 6, 5, 7], 5, [1, 1]) },
        of([2, 3, 5, 11], 4, [1, 1]),
        Conv2d { padding: [1; 2], ..of([2, 3, 9, 7], 24, [3, 3]) },
        Conv2d { padding: [1; 2], ..of([2, 2, 1, 1], 3, [3, 3]) },
        Conv2d { padding: [1; 2], stride: 2, relu: true, ..of([19, 3, 9, 12], 5, [3, 3]) },
        Conv2d { stride: 2, ..of([2, 3, 8, 7], 2, [1, 1]) },
        Conv2d { padding: [2; 2], bias: true, ..of([1, 4, 6, 17], 9, [5, 5]) },
        Conv2d { padding: [2; 2], dilation: 2, ..of([2, 3, 7, 9], 4, [3, 3]) },
        Conv2d { padding: [3; 2], stride: 3, dilation: 2, ..of([2, 2, 10, 8], 3, [2, 3]) },
        Conv2d { padding: [1; 2], groups: 6, relu: true, ..of([2, 6, 9, 7], 6, [3, 3]) },
        Conv2d { padding: [1; 2], groups: 2, bias: true, ..of([2, 6, 5, 8], 10, [3, 3]) },
        Conv2d { padding: [1; 2], ..of([2, 40, 32, 32], 8, [3, 3]) },
        Conv2d { padding: [1; 2], relu: true, ..of([37, 4, 8, 8], 12, [3, 3]) },
        Conv2d { padding: [3; 2], bias: true, ..of([2, 3, 6, 5], 7, [2, 2]) },
        Conv2d { padding: [1; 2], stride: 2, groups: 5, ..of([33, 5, 7, 6], 5, [3, 3]) },
        Conv2d { padding: [4; 2], stride: 2, dilation: 3, groups: 2, ..of([2, 4, 9, 11], 6, [3, 2]) },
        Conv2d { padding: [3; 2], stride: 2, ..of([2, 3, 13, 14], 16, [7, 7]) },
        // Tiles of 32 and 64 rows and, for the weights, of 32.
        Conv2d { padding: [1; 2], ..of([8, 64, 4, 3], 65, [3, 3]) },
        // Tiles of 64 and 32 rows, and everything else at once.
        Conv2d {
            padding: [2; 2],
            stride: 2,
            dilation: 2,
            groups: 2,
            bias: true,
            relu: true,
            ..of([3, 48, 9, 7], 80, [3, 3])
        },
        // Signals: one row, padding and windows only along the length; one element, strides, dilation, groups, the
        // reads of three adjacent columns, and sizes that divide no tile.
        Conv2d { padding: [0, 1], ..of([1, 1, 1, 1], 1, [1, 3]) },
        Conv2d { padding: [0, 1], bias: true, relu: true, ..of([3, 5, 1, 37], 13, [1, 3]) },
        Conv2d { padding: [0, 3], stride: 3, ..of([2, 3, 1, 29], 5, [1, 7]) },
        Conv2d { padding: [0, 4], stride: 2, dilation: 2, groups: 2, ..of([5, 6, 1, 23], 18, [1, 5]) },
        Conv2d { padding: [0, 2], stride: 2, groups: 7, relu: true, ..of([2, 7, 1, 41], 7, [1, 5]) },
        Conv2d { padding: [0, 1], ..of([9, 33, 1, 130], 65, [1, 3]) },
        // Other paddings on each axis.
        Conv2d { padding: [2, 0], ..of([2, 3, 7, 9], 9, [5, 1]) },
        Conv2d { padding: [1, 3], stride: 2, dilation: 2, groups: 2, bias: true, ..of([3, 4, 8, 11], 10, [2, 4]) },
        Conv2d { padding: [3, 1], stride: 2, groups: 4, ..of([2, 4, 6, 5], 4, [4, 3]) },
    ]
}

/// The sizes for which software adapters compile the shaders that are specialised for a geometry: groups of many and of
/// few channels, strides, dilation, and each tile size.
const COMPILED: [usize; 9] = [3, 10, 15, 16, 18, 19, 23, 24, 27];

pub fn cases() -> Vec<Case> {
    let mut rng = rng(11);
    let mut cases = Vec::new();
    for (index, size) in sizes().into_iter().enumerate() {
        let [height, width] = size.out().unwrap();
        let (image, result) = (size.batch * size.channels * size.height * size.width, size.batch * size.filters);
        let (x, w) = (uniform(&mut rng, image), uniform(&mut rng, size.weights()));
        let (b, g) = (uniform(&mut rng, size.filters), uniform(&mut rng, result * height * width));
        let y = unwritten(g.len());
        let mut variants = |call: Call, operands: Vec<Vec<f32>>| {
            for software in [false, true] {
                let mut call = call.clone().for_adapter(software);
                call.software = None;
                let hardware = !software && !COMPILED.contains(&index);
                cases.push(Case::new(call, operands.clone()).within(1e-4).for_hardware(hardware));
            }
        };
        variants(size.forward(), vec![x.clone(), w.clone(), b, y]);
        variants(size.grad_input(), vec![g.clone(), w.clone(), x, unwritten(image)]);
        let (x, parts) = (uniform(&mut rng, image), unwritten(size.parts() * w.len()));
        variants(size.grad_weight(), vec![x, g.clone(), parts]);
        cases.push(Case::new(size.grad_bias(), vec![g, unwritten(result)]).within(1e-4));
    }
    cases
}

/// The definition: calls `f` with the indices of every element of y and of the elements of x and w whose product it
/// includes.
fn for_each_product(size: &Conv2d, mut f: impl FnMut(usize, usize, usize)) {
    let [height, width] = size.out().unwrap();
    let (filters, depth, [kh, kw]) = (size.filters / size.groups, size.channels / size.groups, size.kernel);
    for (y, (oy, ox)) in (0..size.batch * size.filters)
        .flat_map(|_| (0..height).flat_map(move |oy| (0..width).map(move |ox| (oy, ox))))
        .enumerate()
    {
        let (n, filter) = (y / (height * width) / size.filters, y / (height * width) % size.filters);
        for place in 0..depth * kh * kw {
            let (c, ky, kx) = (place / (kh * kw), place / kw % kh, place % kw);
            let iy = (oy * size.stride + ky * size.dilation).wrapping_sub(size.padding[0]);
            let ix = (ox * size.stride + kx * size.dilation).wrapping_sub(size.padding[1]);
            if iy < size.height && ix < size.width {
                let channel = n * size.channels + filter / filters * depth + c;
                f(y, (channel * size.height + iy) * size.width + ix, filter * depth * kh * kw + place);
            }
        }
    }
}

fn assert_close(actual: &[f32], expected: &[f32], what: &str) {
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-4 * (1.0 + b.abs());
    assert!(actual.len() == expected.len() && actual.iter().zip(expected).all(close), "{what}");
}

#[test]
fn the_twins_match_the_definition() {
    let mut rng = rng(12);
    for size in sizes() {
        let [height, width] = size.out().unwrap();
        let (image, result) = (size.batch * size.channels * size.height * size.width, height * width);
        let (x, w) = (uniform(&mut rng, image), uniform(&mut rng, size.weights()));
        let (b, g) = (uniform(&mut rng, size.filters), uniform(&mut rng, size.batch * size.filters * result));
        let bias = |y: usize| if size.bias { b[y / result % size.filters] } else { 0.0 };
        let read = |i: usize| if size.relu { x[i].max(0.0) } else { x[i] };
        let mut y: Vec<_> = (0..g.len()).map(bias).collect();
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        for_each_product(&size, |of_y, of_x, of_w| {
            y[of_y] += read(of_x) * w[of_w];
            dw[of_w] += read(of_x) * g[of_y];
            dx[of_x] += if size.relu && x[of_x] <= 0.0 { 0.0 } else { w[of_w] * g[of_y] };
        });
        let run = |call, operands| Case::new(call, operands).run(&Device::Cpu).remove(0);
        let actual = run(size.forward(), vec![x.clone(), w.clone(), b.clone(), unwritten(g.len())]);
        assert_close(&actual, &y, &format!("y of {size:?}"));
        let actual = run(size.grad_input(), vec![g.clone(), w.clone(), x.clone(), unwritten(x.len())]);
        assert_close(&actual, &dx, &format!("gradient of the input of {size:?}"));
        let parts = run(size.grad_weight(), vec![x.clone(), g, unwritten(size.parts() * w.len())]);
        let actual = run(column_sums(size.parts(), w.len(), size.parts()), vec![parts, unwritten(w.len())]);
        assert_close(&actual, &dw, &format!("gradient of the weights of {size:?}"));
    }
}
