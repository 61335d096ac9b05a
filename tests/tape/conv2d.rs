//! Gradients of convolutions.

use super::difference::{check, numbers};
use graphpnas::tape::{ConvSettings, Tape};

#[test]
fn convolution_gradients() {
    let plain = ConvSettings::default();
    let windows = [
        (plain, 1),
        (ConvSettings { padding: 1, ..plain }, 3),
        (ConvSettings { padding: 1, stride: 2, ..plain }, 3),
        (ConvSettings { padding: 2, dilation: 2, ..plain }, 3),
        (ConvSettings { padding: 1, groups: 2, ..plain }, 3),
    ];
    for (window, side) in windows {
        let (images, weights) = ([2, 2, 5, 4], [4, 2 / window.groups, side, side]);
        let x = numbers(1, 80).iter().map(|x| x + 0.5_f32.copysign(*x)).collect();
        let inputs =
            [(&images[..], x), (&weights[..], numbers(2, weights.iter().product())), (&[4][..], numbers(3, 4))];
        check(&inputs[..2], |tape, x| Ok(vec![tape.conv2d(x[0], x[1], None, window)?]));
        let relu = ConvSettings { relu: true, ..window };
        check(&inputs, |tape, x| Ok(vec![tape.conv2d(x[0], x[1], Some(x[2]), relu)?]));
    }
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (x, w, b) = (tape.input(&[1, 4, 2, 2]), tape.input(&[6, 4, 3, 3]), tape.input(&[5]));
    let padded = ConvSettings { padding: 1, ..ConvSettings::default() };
    assert!(tape.conv2d(x, w, None, padded).is_ok());
    let error = tape.conv2d(x, w, None, ConvSettings::default()).unwrap_err().to_string();
    assert!(error.contains("conv2d: [1, 4, 2, 2] with [6, 4, 3, 3]"), "{error}");
    assert!(tape.conv2d(x, w, Some(b), padded).is_err());
    assert!(tape.conv2d(x, w, None, ConvSettings { groups: 2, ..padded }).is_err());
    assert!(tape.conv2d(x, w, None, ConvSettings { stride: 0, ..padded }).is_err());
    assert!(tape.conv2d(b, w, None, padded).is_err());
}
