//! Matrix products against their twin, and the twin against explicit sums.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::matmul::Matmul;
use rand::rngs::StdRng;

/// (m, k, n): ones, primes, k = 1, long k, at and off tile boundaries, skinny.
const SIZES: &[[usize; 3]] = &[
    [1, 1, 1],
    [1, 4, 4],
    [5, 1, 3],
    [7, 13, 11],
    [4, 3, 4],
    [8, 7, 16],
    [2, 1000, 3],
    [4, 1002, 8],
    [40, 24, 152],
    [64, 16, 64],
    [65, 17, 63],
    [72, 20, 68],
    [131, 12, 140],
    [300, 4, 8],
];

pub fn cases() -> Vec<Case> {
    let mut rng = rng(5);
    let mut cases = Vec::new();
    for (index, [m, k, n]) in SIZES.iter().copied().enumerate() {
        for turn in 0..4 {
            let (transpose_a, transpose_b) = (turn % 2 == 1, turn > 1);
            // The epilogues alternate over the sizes.
            let (bias, relu) = ((index + turn) % 2 == 0, (index + turn) % 3 == 0);
            variants(Matmul { transpose_a, transpose_b, bias, relu, ..Matmul::new(m, k, n) }, &mut rng, &mut cases);
        }
    }
    for [m, k, n] in [[3, 5, 2], [8, 12, 20], [70, 8, 12]] {
        for (share_a, share_b) in [(false, false), (false, true), (true, false)] {
            for turn in 0..4 {
                let (transpose_a, transpose_b) = (turn % 2 == 1, turn > 1);
                let shape = Matmul { batch: 3, transpose_a, transpose_b, share_a, share_b, ..Matmul::new(m, k, n) };
                variants(shape, &mut rng, &mut cases);
            }
        }
    }
    cases
}

fn variants(shape: Matmul, rng: &mut StdRng, cases: &mut Vec<Case>) {
    let operands = operands(shape, rng);
    let aligned = shape.aligned().then(|| shape.blocked());
    for call in [shape.tiled(), shape.strided()].into_iter().chain(aligned) {
        cases.push(Case::new(call, operands.clone()).within(1e-4));
    }
}

fn operands(shape: Matmul, rng: &mut StdRng) -> Vec<Vec<f32>> {
    let Matmul { batch, m, k, n, .. } = shape;
    let count = |shared: bool| if shared { 1 } else { batch };
    let (a, b) = (uniform(rng, count(shape.share_a) * m * k), uniform(rng, count(shape.share_b) * k * n));
    vec![a, b, uniform(rng, n), unwritten(batch * m * n)]
}

/// All variants have the same twin.
#[test]
fn the_twin_matches_the_definition() {
    let mut rng = rng(6);
    for turn in 0..8 {
        let (transpose_a, transpose_b, bias) = (turn % 2 == 1, turn / 2 % 2 == 1, turn > 3);
        let (m, k, n) = (6, 5, 7);
        let shape =
            Matmul { batch: 2, transpose_a, transpose_b, share_b: true, bias, relu: bias, ..Matmul::new(m, k, n) };
        let operands = operands(shape, &mut rng);
        let actual = Case::new(shape.call(), operands.clone()).run(&Device::Cpu).remove(0);
        for (index, actual) in actual.iter().enumerate() {
            let (matrix, row, column) = (index / (m * n), index / n % m, index % n);
            let a = |d| operands[0][matrix * m * k + if transpose_a { d * m + row } else { row * k + d }];
            let b = |d| operands[1][if transpose_b { column * k + d } else { d * n + column }];
            let mut expected: f32 = (0..k).map(|d| a(d) * b(d)).sum();
            if bias {
                expected = (expected + operands[2][column]).max(0.0);
            }
            assert!((actual - expected).abs() < 1e-5, "{shape:?} at {index}: {actual} for {expected}");
        }
    }
}

/// Elements outside a product must not affect its result.
#[test]
fn elements_outside_a_product_do_not_affect_it() {
    let device = super::common::gpu();
    let shape = Matmul { batch: 2, transpose_a: true, ..Matmul::new(4, 3, 4) };
    let mut operands = operands(shape, &mut rng(7));
    // The second product has infinities next to the last depth of the first.
    operands[0][12..].fill(f32::INFINITY);
    for call in [shape.tiled(), shape.strided(), shape.blocked()] {
        let results = Case::new(call, operands.clone()).run(&device);
        assert!(results[0][..16].iter().all(|x| x.is_finite()), "{:?}", &results[0][..16]);
    }
}

#[test]
fn software_adapters_use_the_variant_that_the_operands_allow() {
    let name = |shape: Matmul, software| shape.call().for_adapter(software).kernel.name;
    assert_eq!(name(Matmul::new(8, 8, 8), false), "matmul.tiled");
    assert_eq!(name(Matmul::new(8, 8, 8), true), "matmul.blocked");
    assert_eq!(name(Matmul::new(8, 7, 8), true), "matmul.strided");
    assert_eq!(name(Matmul { transpose_a: true, ..Matmul::new(8, 7, 8) }, true), "matmul.blocked");
}
