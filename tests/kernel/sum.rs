//! Sums of several tensors against their twins.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::kernel::sum::{MAX_TENSORS, Sum};

pub fn cases() -> Vec<Case> {
    let mut rng = rng(51);
    let mut cases = Vec::new();
    for (len, count, first, weighted, carry) in [
        (1, 1, 0, true, false),
        (7, 2, 0, false, false),
        (100, 3, 5, true, true),
        (1000, MAX_TENSORS, 2, true, false),
        (20_000, MAX_TENSORS, 0, false, true),
        (30_000, 5, 1, true, true),
    ] {
        let sum = Sum { len, count, first, weighted, carry, scale: 0.5 };
        let mut some = |len: usize| uniform(&mut rng, len);
        let tensors: Vec<_> = (0..MAX_TENSORS).map(|_| some(len)).collect();
        let with = |others: [Vec<f32>; 2]| tensors.iter().cloned().chain(others).collect::<Vec<_>>();
        let all = first + count;
        cases.push(Case::new(sum.forward(), with([some(all), unwritten(len)])));
        cases.push(Case::new(sum.scaled(), vec![some(len), some(all), unwritten(len)]));
        cases.push(Case::new(sum.dots(), with([some(len), some(all * sum.parts())])).within(1e-3));
        cases.push(Case::new(sum.logits(), vec![some(count * sum.parts()), some(count), unwritten(count)]));
    }
    cases
}
