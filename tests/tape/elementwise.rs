//! Gradients of the element-wise operations.

use super::difference::{check, numbers};

/// Returns values away from zero, where ReLU, logarithm and quotient have no derivative.
fn away_from_zero(seed: u64, len: usize) -> Vec<f32> {
    numbers(seed, len).iter().map(|x| x + 0.5_f32.copysign(*x)).collect()
}

#[test]
fn unary_gradients() {
    for len in [1, 6] {
        let x = away_from_zero(1, len);
        let shape = [len];
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.relu(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.sigmoid(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.tanh(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.exp(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.affine(x[0], -2.0, 0.5)]));
        let positive = x.iter().map(|x| x.abs()).collect();
        check(&[(&shape, positive)], |tape, x| Ok(vec![tape.log(x[0])]));
    }
}

#[test]
fn binary_gradients() {
    let shape = [2, 3];
    let inputs = [(&shape[..], numbers(1, 6)), (&shape[..], away_from_zero(2, 6))];
    check(&inputs, |tape, x| Ok(vec![tape.add(x[0], x[1])?]));
    check(&inputs, |tape, x| Ok(vec![tape.sub(x[0], x[1])?]));
    check(&inputs, |tape, x| Ok(vec![tape.mul(x[0], x[1])?]));
    check(&inputs, |tape, x| Ok(vec![tape.div(x[0], x[1])?]));
}

#[test]
fn the_gradient_of_a_tensor_used_twice_is_the_sum() {
    check(&[(&[4], numbers(3, 4))], |tape, x| {
        let square = tape.mul(x[0], x[0])?;
        let both = tape.add(square, x[0])?;
        Ok(vec![both, square])
    });
}

#[test]
fn different_shapes_are_errors() {
    let mut tape = graphpnas::tape::Tape::new();
    let (a, b) = (tape.input(&[2, 3]), tape.input(&[3, 2]));
    let error = tape.add(a, b).unwrap_err().to_string();
    assert!(error.contains("add: [2, 3] and [3, 2] differ"), "{error}");
}
