//! Optimizer updates against their twins, and long operands against short ones.

use super::parity::{Case, by_lanes, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::Call;
use graphpnas::kernel::optimizer::{
    AdamSettings, RmsPropSettings, SgdSettings, adam, clip, ema, parts, rmsprop, sgd, squares,
};

/// Returns the update of every optimizer and its number of state tensors.
fn updates(len: usize) -> Vec<(Call, usize)> {
    let plain = SgdSettings { momentum: 0.9, nesterov: false, decay: 0.1 };
    let root = RmsPropSettings { smoothing: 0.9, momentum: 0.9, epsilon: 0.5, decay: 0.1, tensorflow: false };
    vec![
        (sgd(plain, len), 1),
        (sgd(SgdSettings { nesterov: true, ..plain }, len), 1),
        (adam(AdamSettings { decay: 0.1, epsilon: 1e-3, ..AdamSettings::default() }, len), 2),
        (rmsprop(root, len), 2),
        (rmsprop(RmsPropSettings { tensorflow: true, ..root }, len), 2),
    ]
}

/// Returns weights, gradient, the step's values, the gradient's factor and states. Squares are not negative.
fn operands(len: usize, states: usize) -> Vec<Vec<f32>> {
    let mut rng = rng(29);
    let mut operands = vec![uniform(&mut rng, len), uniform(&mut rng, len), vec![0.1, 0.3], vec![0.5]];
    operands.extend((0..states).map(|_| uniform(&mut rng, len)));
    if states == 2 {
        operands[5].iter_mut().for_each(|x| *x = x.abs());
    }
    operands
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(30);
    let mut cases = Vec::new();
    for len in [1, 7, 64, 1000] {
        cases.extend(updates(len).into_iter().map(|(call, states)| Case::new(call, operands(len, states))));
        cases.push(Case::new(ema(0.9, len), vec![uniform(&mut rng, len), uniform(&mut rng, len)]));
    }
    for (len, offset) in [(1, 0), (4096, 1), (10_000, 2)] {
        let operands = vec![uniform(&mut rng, len), uniform(&mut rng, offset + parts(len) + 1)];
        cases.extend(by_lanes(&squares(len, offset), parts(len)).map(|call| Case::new(call, operands.clone())));
    }
    for (parts, most) in [(1, 0.1), (7, 1.0), (300, 1e9)] {
        let sums = uniform(&mut rng, parts).iter().map(|x| x.abs()).collect();
        let operands = vec![sums, unwritten(1)];
        cases.extend(by_lanes(&clip(parts, most), 1).map(|call| Case::new(call, operands.clone())));
    }
    cases
}

/// Long operands are divided among threads, which must not change the results.
#[test]
fn long_updates_agree_with_short_ones() {
    let long = 50_001;
    for (which, (call, states)) in updates(long).into_iter().enumerate() {
        let all = operands(long, states);
        let actual = Case::new(call, all.clone()).run(&Device::Cpu);
        for part in [0..1000, 24_500..25_500, 49_001..50_001] {
            let piece = |x: &Vec<f32>| if x.len() == long { x[part.clone()].to_vec() } else { x.clone() };
            let (call, _) = updates(part.len()).swap_remove(which);
            let expected = Case::new(call, all.iter().map(piece).collect()).run(&Device::Cpu);
            let found: Vec<_> = actual.iter().map(piece).collect();
            assert_eq!(found, expected, "{part:?} of update {which}");
        }
    }
}
