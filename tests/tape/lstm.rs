//! Gradients of the LSTM cell, through both results and through each of them.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

#[test]
fn lstm_gradients() {
    for (rows, units) in [(1, 1), (3, 4)] {
        let (gates, state, len) = ([rows, 4 * units], [rows, units], rows * units);
        let inputs =
            [(&gates[..], numbers(1, 4 * len)), (&gates[..], numbers(2, 4 * len)), (&state[..], numbers(3, len))];
        check(&inputs, |tape, x| tape.lstm_gates(x[0], x[1], x[2]).map(|(h, c)| vec![h, c]));
        check(&inputs, |tape, x| Ok(vec![tape.lstm_gates(x[0], x[1], x[2])?.0]));
        check(&inputs, |tape, x| Ok(vec![tape.lstm_gates(x[0], x[1], x[2])?.1]));
    }
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (gates, state) = (tape.input(&[2, 16]), tape.input(&[3, 4]));
    assert!(tape.lstm_gates(gates, gates, state).is_err());
}
