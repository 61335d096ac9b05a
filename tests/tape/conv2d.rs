//! Gradients of convolutions.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{ConvSettings, Plan, StoreBuilder, Tape};

#[test]
fn convolution_gradients() {
    let plain = ConvSettings::default();
    let windows = [
        (plain, 1),
        (ConvSettings { padding: [1; 2], ..plain }, 3),
        (ConvSettings { padding: [1; 2], stride: 2, ..plain }, 3),
        (ConvSettings { padding: [2; 2], dilation: 2, ..plain }, 3),
        (ConvSettings { padding: [1; 2], groups: 2, ..plain }, 3),
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
fn gradients_of_signals() {
    for (stride, dilation, groups) in [(1, 1, 1), (2, 1, 2), (1, 2, 1), (3, 1, 1)] {
        let window = ConvSettings { padding: [0, dilation], stride, dilation, groups, relu: false };
        let inputs = [(&[2, 2, 1, 9][..], numbers(4, 36)), (&[4, 2 / groups, 1, 3][..], numbers(5, 24 / groups))];
        check(&inputs, |tape, x| Ok(vec![tape.conv2d(x[0], x[1], None, window)?]));
    }
}

#[test]
fn gradients_with_other_paddings_on_each_axis_and_of_one_element() {
    let plain = ConvSettings::default();
    let windows = [
        ([2, 2, 7, 3], [5, 1], ConvSettings { padding: [2, 0], ..plain }),
        ([1, 2, 6, 5], [2, 4], ConvSettings { padding: [1, 3], stride: 2, dilation: 2, groups: 2, ..plain }),
        ([2, 2, 3, 10], [4, 3], ConvSettings { padding: [3, 1], stride: 2, ..plain }),
        ([1, 2, 1, 1], [1, 3], ConvSettings { padding: [0, 1], ..plain }),
        ([1, 2, 1, 1], [3, 1], ConvSettings { padding: [1, 0], groups: 2, ..plain }),
        // A strip of 8 pixels and one of 3, and 9 filters: neither divides the tiles.
        ([1, 2, 1, 11], [1, 3], ConvSettings { padding: [0, 1], ..plain }),
    ];
    for (images, [rows, columns], window) in windows {
        let weights = [if window.groups == 1 { 9 } else { 4 }, images[1] / window.groups, rows, columns];
        let inputs =
            [(&images[..], numbers(6, images.iter().product())), (&weights[..], numbers(7, weights.iter().product()))];
        check(&inputs, |tape, x| Ok(vec![tape.conv2d(x[0], x[1], None, window)?]));
    }
}

/// x = 1, 2, 3, 4 and the weights 1, 10, 100, by hand.
#[test]
fn a_convolution_of_a_signal_is_that_of_its_length() {
    let result = |padding, stride, dilation| {
        let mut tape = Tape::new();
        let (x, w) = (tape.input(&[1, 1, 1, 4]), tape.input(&[1, 1, 1, 3]));
        let window = ConvSettings { padding: [0, padding], stride, dilation, ..ConvSettings::default() };
        let y = tape.conv2d(x, w, None, window).unwrap();
        let shape = tape.shape(y).to_vec();
        let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
        let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
        plan.write(x, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        plan.write(w, &[1.0, 10.0, 100.0]).unwrap();
        plan.run(&mut store).unwrap();
        (shape, plan.read(y).unwrap())
    };
    assert_eq!(result(0, 1, 1), (vec![1, 1, 1, 2], vec![321.0, 432.0]));
    assert_eq!(result(1, 1, 1), (vec![1, 1, 1, 4], vec![210.0, 321.0, 432.0, 43.0]));
    assert_eq!(result(1, 2, 1), (vec![1, 1, 1, 2], vec![210.0, 432.0]));
    assert_eq!(result(2, 1, 2), (vec![1, 1, 1, 4], vec![310.0, 420.0, 31.0, 42.0]));
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (x, w, b) = (tape.input(&[1, 4, 2, 2]), tape.input(&[6, 4, 3, 3]), tape.input(&[5]));
    let padded = ConvSettings { padding: [1; 2], ..ConvSettings::default() };
    assert!(tape.conv2d(x, w, None, padded).is_ok());
    let error = tape.conv2d(x, w, None, ConvSettings::default()).unwrap_err().to_string();
    assert!(error.contains("conv2d: [1, 4, 2, 2] with [6, 4, 3, 3]"), "{error}");
    assert!(tape.conv2d(x, w, Some(b), padded).is_err());
    assert!(tape.conv2d(x, w, None, ConvSettings { groups: 2, ..padded }).is_err());
    assert!(tape.conv2d(x, w, None, ConvSettings { stride: 0, ..padded }).is_err());
    assert!(tape.conv2d(b, w, None, padded).is_err());
}
