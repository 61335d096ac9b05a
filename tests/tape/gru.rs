//! Gradients of the GRU cell.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

#[test]
fn gru_gradients() {
    for (rows, units) in [(1, 1), (3, 4)] {
        let (gates, state, len) = ([rows, 3 * units], [rows, units], rows * units);
        let inputs =
            [(&gates[..], numbers(1, 3 * len)), (&gates[..], numbers(2, 3 * len)), (&state[..], numbers(3, len))];
        check(&inputs, |tape, x| Ok(vec![tape.gru_gates(x[0], x[1], x[2])?]));
    }
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (gates, state) = (tape.input(&[2, 9]), tape.input(&[2, 4]));
    let error = tape.gru_gates(gates, gates, state).unwrap_err().to_string();
    assert!(error.contains("gru_gates: 3 gates of [2, 9] and [2, 9] for a state of [2, 4]"), "{error}");
}
