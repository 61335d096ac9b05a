//! Losses and hits against their twins, and hits against manual calculations.

use super::parity::{Case, by_lanes, indices, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::loss::{cross_entropy, cross_entropy_grad, hits};

pub fn cases() -> Vec<Case> {
    let mut rng = rng(27);
    let mut cases = Vec::new();
    for (rows, classes) in [(1, 1), (3, 2), (70, 10), (5, 200), (2, 1001)] {
        let len = rows * classes;
        let x: Vec<_> = uniform(&mut rng, len).iter().map(|x| (20.0 * x).round() / 2.0).collect();
        // One more than the number of classes: some labels are not a class.
        let labels = indices(&mut rng, rows, classes as u32 + 1);
        let mut add = |call, more: &[Vec<f32>]| {
            let operands = [&[x.clone(), labels.clone()], more].concat();
            cases.extend(by_lanes(&call, rows).map(|call| Case::new(call, operands.clone())));
        };
        for smoothing in [0.0, 0.1] {
            add(cross_entropy(rows, classes, smoothing), &[unwritten(rows)]);
            let g = uniform(&mut rng, rows);
            add(cross_entropy_grad(rows, classes, smoothing), &[g, unwritten(len)]);
        }
        for k in [0, 1, 5, 2000] {
            add(hits(rows, classes, k), &[unwritten(rows)]);
        }
    }
    cases
}

#[test]
fn of_equal_logits_the_first_is_a_hit_and_nan_is_none() {
    let label = |number: u32| f32::from_bits(number);
    let x = vec![1.0, 2.0, 2.0, 3.0, 1.0, 2.0, f32::NAN, 0.0, 1.0, f32::NAN, 0.0, 1.0, 1.0, 2.0, 2.0];
    let labels = vec![label(1), label(2), label(0), label(7), label(2)];
    for device in [Device::Cpu, super::common::gpu()] {
        let run = |k| Case::new(hits(5, 3, k), vec![x.clone(), labels.clone(), unwritten(5)]).run(&device).remove(0);
        assert_eq!(run(1), [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(run(2), [1.0, 1.0, 0.0, 0.0, 1.0]);
    }
}
