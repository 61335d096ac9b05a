//! Element-wise kernels against their twins.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::kernel::elementwise::{Binary, Broadcast, Unary, binary, unary};

pub fn cases() -> Vec<Case> {
    let mut rng = rng(1);
    let mut cases = Vec::new();
    let affine = Unary::Affine { scale: -1.5, shift: 0.25 };
    for len in [1, 7, 64, 1000] {
        let activations = [Unary::Relu6, Unary::Silu, Unary::HardSwish, Unary::Gelu];
        let others = [Unary::Relu, Unary::Sigmoid, Unary::Tanh, Unary::Exp, Unary::Log, affine];
        for f in others.into_iter().chain(activations) {
            let mut x: Vec<_> = uniform(&mut rng, len).iter().map(|x| 4.0 * x).collect();
            if f == Unary::Log {
                x.iter_mut().for_each(|x| *x = x.abs() + 0.1);
            }
            if activations.contains(&f) || f == Unary::Sigmoid {
                // The exponential function overflows.
                x[0] = if len == 7 { 200.0 } else { -200.0 };
            }
            cases.push(Case::new(unary(f, len), vec![x, unwritten(len)]));
        }
    }
    // (elements, broadcasting of the second operand): none, per column, per row, per channel, a scalar.
    let spreads = [(1, 1, 1), (1000, 1, 1000), (35, 1, 7), (35, 7, 5), (2 * 3 * 20, 20, 3), (9, 9, 1)];
    for (len, inner, period) in spreads {
        use Binary::{
            Add, Div, GeluGrad, HardSwishGrad, Mul, Relu6Grad, ReluGrad, SigmoidGrad, SiluGrad, Sub, TanhGrad,
        };
        let by_argument = [Relu6Grad, SiluGrad, HardSwishGrad, GeluGrad];
        for f in [Add, Sub, Mul, Div, ReluGrad, SigmoidGrad, TanhGrad].into_iter().chain(by_argument) {
            let (mut a, mut b) = (uniform(&mut rng, len), uniform(&mut rng, period));
            if by_argument.contains(&f) {
                a.iter_mut().for_each(|a| *a *= 8.0);
            }
            if f == Div {
                b.iter_mut().for_each(|b| *b += 1.5_f32.copysign(*b));
            }
            cases.push(Case::new(binary(f, len, Broadcast { inner, period }), vec![a, b, unwritten(len)]));
        }
    }
    cases
}

/// Long operands are divided among threads, which must not change the results.
#[test]
fn long_operands_agree_with_short_ones() {
    let mut rng = rng(2);
    let (len, period) = (100_000, 100);
    let (a, b) = (uniform(&mut rng, len), uniform(&mut rng, period));
    for (inner, spread) in [(1, Broadcast { inner: 1, period }), (1000, Broadcast { inner: 1000, period })] {
        let call = binary(Binary::Sub, len, spread);
        let case = Case::new(call, vec![a.clone(), b.clone(), unwritten(len)]);
        let y = &case.run(&graphpnas::device::Device::Cpu)[0];
        assert!(y.iter().enumerate().all(|(i, y)| *y == a[i] - b[(i / inner) % period]));
    }
    let case = Case::new(unary(Unary::Relu, len), vec![a.clone(), unwritten(len)]);
    assert_eq!(case.run(&graphpnas::device::Device::Cpu)[0], a.iter().map(|x| x.max(0.0)).collect::<Vec<_>>());
}
