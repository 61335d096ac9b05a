//! Softmax kernels against their twins, and the twins for inputs whose exponentials overflow.

use super::parity::{Case, by_lanes, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::softmax::{log_softmax, log_softmax_grad, logsumexp, logsumexp_grad, softmax, softmax_grad};

pub fn cases() -> Vec<Case> {
    let mut rng = rng(23);
    let mut cases = Vec::new();
    for (rows, columns) in [(1, 1), (5, 1), (3, 7), (70, 10), (2, 1000), (130, 33)] {
        let len = rows * columns;
        let x: Vec<_> = uniform(&mut rng, len).iter().map(|x| 20.0 * x).collect();
        let mut add = |call, operands: Vec<Vec<f32>>| {
            cases.extend(by_lanes(&call, rows).map(|call| Case::new(call, operands.clone())));
        };
        let result = |call, len| Case::new(call, vec![x.clone(), unwritten(len)]).run(&Device::Cpu).remove(0);
        add(softmax(rows, columns), vec![x.clone(), unwritten(len)]);
        add(log_softmax(rows, columns), vec![x.clone(), unwritten(len)]);
        add(logsumexp(rows, columns), vec![x.clone(), unwritten(rows)]);
        let g = uniform(&mut rng, len);
        let y = result(softmax(rows, columns), len);
        add(softmax_grad(rows, columns), vec![y, g.clone(), unwritten(len)]);
        let y = result(log_softmax(rows, columns), len);
        add(log_softmax_grad(rows, columns), vec![y, g, unwritten(len)]);
        let (y, g) = (result(logsumexp(rows, columns), rows), uniform(&mut rng, rows));
        cases.push(Case::new(logsumexp_grad(rows, columns), vec![x.clone(), y, g, unwritten(len)]));
    }
    cases
}

/// Only differences matter: e^1000 would be infinite.
#[test]
fn large_inputs_do_not_overflow() {
    let x = vec![1000.0, 1001.0, 999.0, -1000.0, -1001.0, f32::NEG_INFINITY];
    for device in [Device::Cpu, super::common::gpu()] {
        let run = |call, len| Case::new(call, vec![x.clone(), unwritten(len)]).run(&device).remove(0);
        let y = run(softmax(2, 3), 6);
        let expected = [0.244_728_48, 0.665_240_94, 0.090_030_57, 0.731_058_6, 0.268_941_43, 0.0];
        assert!(y.iter().zip(expected).all(|(y, expected)| (y - expected).abs() < 1e-4), "{y:?}");
        let z = run(logsumexp(2, 3), 2);
        assert!((z[0] - 1001.4076).abs() < 1e-3 && (z[1] + 999.686_74).abs() < 1e-3, "{z:?}");
    }
}
