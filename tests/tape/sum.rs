//! Gradients of sums of several tensors.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

#[test]
fn sum_gradients() {
    // One launch, two, and as many as RandWire's largest node needs.
    for count in [1, 2, 8, 9, 31] {
        let mut inputs: Vec<_> = (0..count).map(|x| (&[2, 2][..], numbers(x as u64, 4))).collect();
        check(&inputs, |tape, x| Ok(vec![tape.sum_of(x)?]));
        check(&inputs, |tape, x| Ok(vec![tape.mean_of(x)?]));
        let logits = [count];
        inputs.push((&logits, numbers(7, count)));
        check(&inputs, |tape, x| Ok(vec![tape.weighted_sum(&x[..count], x[count])?]));
    }
    check(&[(&[3], numbers(1, 3))], |tape, x| Ok(vec![tape.sum_of(&[x[0], x[0]])?]));
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (a, b) = (tape.input(&[2, 3]), tape.input(&[3, 2]));
    assert!(tape.sum_of(&[]).is_err() && tape.mean_of(&[]).is_err());
    assert!(tape.sum_of(&[a, b]).is_err());
    assert!(tape.weighted_sum(&[a, a], b).is_err());
}
