//! LSTM kernels against their twins.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::kernel::lstm::{backward, forward};

pub fn cases() -> Vec<Case> {
    let mut rng = rng(4);
    let mut cases = Vec::new();
    for (rows, units) in [(1, 1), (1, 24), (7, 5), (13, 11), (40, 24), (100, 64)] {
        let len = rows * units;
        let mut reads: Vec<Vec<f32>> = [4 * len, 4 * len, len].map(|len| uniform(&mut rng, len)).to_vec();
        // Saturated gates.
        reads[0][0] = 40.0;
        reads[0][len] = -40.0;
        cases.push(Case::new(forward(rows, units), [reads.clone(), vec![unwritten(len); 2]].concat()));
        reads.extend([uniform(&mut rng, len), uniform(&mut rng, len)]);
        let written = [4 * len, len].map(unwritten).to_vec();
        cases.push(Case::new(backward(rows, units), [reads, written].concat()));
    }
    cases
}
