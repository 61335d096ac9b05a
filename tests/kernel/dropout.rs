//! Dropout: bitwise equal to the twin, and the requested rate.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::dropout::mask;

fn seed(seed: u32) -> Vec<f32> {
    vec![f32::from_bits(seed)]
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(61);
    let mut cases = Vec::new();
    for (len, inner, rate) in [(1, 1, 0.5), (1000, 1, 0.1), (60, 20, 0.4), (40_000, 7, 0.9)] {
        let x = uniform(&mut rng, len);
        cases.push(Case::new(mask(len, inner, rate, 17), vec![x, seed(0x9e37_79b9), unwritten(len)]).within(0.0));
    }
    cases
}

#[test]
fn masks_are_independent_and_have_the_requested_rate() {
    let len = 100_000;
    let run = |salt: u32, number: u32| {
        let case = Case::new(mask(len, 1, 0.3, salt), vec![vec![1.0; len], seed(number), unwritten(len)]);
        case.run(&Device::Cpu).remove(0)
    };
    let y = run(1, 5);
    let fraction = |hits: usize| hits as f64 / len as f64;
    assert!(y.iter().all(|y| *y == 0.0 || *y == 1.0 / (1.0 - 0.3)));
    assert!((fraction(y.iter().filter(|y| **y == 0.0).count()) - 0.3).abs() < 0.01);
    // Adjacent elements, other seeds and other operations have equal masks as often as by chance.
    let chance = 0.3 * 0.3 + 0.7 * 0.7;
    let moved = [&y[1..], &y[..1]].concat();
    for other in [moved, run(1, 6), run(2, 5)] {
        let same = y.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!((fraction(same) - chance).abs() < 0.01, "{}", fraction(same));
    }
    assert_eq!(y, run(1, 5));
}
