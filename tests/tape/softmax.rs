//! Gradients of softmax, log-softmax and log-sum-exp.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

#[test]
fn softmax_gradients() {
    for shape in [&[1][..], &[5], &[3, 4], &[2, 2, 3]] {
        let input = [(shape, numbers(1, shape.iter().product()))];
        check(&input, |tape, x| Ok(vec![tape.softmax(x[0])?]));
        check(&input, |tape, x| Ok(vec![tape.log_softmax(x[0])?]));
        check(&input, |tape, x| Ok(vec![tape.logsumexp(x[0])?]));
    }
}

#[test]
fn scalars_are_errors() {
    let mut tape = Tape::new();
    let number = tape.input(&[]);
    assert_eq!(tape.softmax(number).unwrap_err().to_string(), "softmax: [] has no rows");
    assert!(tape.log_softmax(number).is_err() && tape.logsumexp(number).is_err());
}
