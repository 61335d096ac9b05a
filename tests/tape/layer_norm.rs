//! Gradients of layer normalisation.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

#[test]
fn layer_norm_gradients() {
    for shape in [&[3, 5, 2, 3][..], &[2, 4], &[1, 3, 1, 1]] {
        let (len, channels) = (shape.iter().product(), [shape[1]]);
        // Far from equal, where the standard deviation is small and finite differences are inaccurate.
        let x = numbers(6, len).iter().enumerate().map(|(at, x)| x + (at % 7) as f32).collect();
        let inputs = [(shape, x), (&channels[..], numbers(7, shape[1])), (&channels[..], numbers(8, shape[1]))];
        check(&inputs, |tape, x| Ok(vec![tape.layer_norm(x[0], x[1], x[2], 1e-5)?]));
    }
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (weight, bias) = (tape.input(&[2]), tape.input(&[2]));
    for shape in [&[2][..], &[4, 3, 2, 2], &[0, 2, 2, 2], &[2, 2, 0]] {
        let x = tape.input(shape);
        assert!(tape.layer_norm(x, weight, bias, 1e-5).is_err(), "{shape:?}");
    }
}
