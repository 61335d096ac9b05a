//! Gradients of concatenation, narrowing and shifting.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{ConvSettings, Plan, StoreBuilder, Tape, Tensor};

#[test]
fn slice_gradients() {
    let images = [(&[2, 1, 2, 2][..], numbers(1, 8)), (&[2, 3, 2, 2][..], numbers(2, 24))];
    check(&images, |tape, x| Ok(vec![tape.concat(&[x[0], x[1], x[0]])?]));
    check(&images[1..], |tape, x| Ok(vec![tape.narrow(x[0], 1, 2)?, tape.narrow(x[0], 0, 1)?]));
    check(&images[1..], |tape, x| tape.split(x[0], 3));
    // A part that is not read has no gradient.
    check(&images[1..], |tape, x| Ok(tape.split(x[0], 3)?[1..2].to_vec()));
    check(&images[1..], |tape, x| Ok(vec![tape.shift(x[0], 1, 0)?, tape.shift(x[0], 1, 1)?]));
    let rows = [(&[3, 2][..], numbers(3, 6)), (&[3, 4][..], numbers(4, 12))];
    check(&rows, |tape, x| Ok(vec![tape.concat(x)?, tape.narrow(x[1], 3, 1)?]));
}

fn run(tape: &Tape, y: Tensor) -> Vec<f32> {
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(tape, &[y], &store, &Device::Cpu).unwrap();
    plan.run(&mut store).unwrap();
    plan.read(y).unwrap()
}

#[test]
fn concatenation_appends_channels() {
    let mut tape = Tape::new();
    let a = tape.constant(&[1.0, 2.0, 3.0, 4.0], &[2, 1, 2]).unwrap();
    let b = tape.constant(&[5.0, 6.0, 7.0, 8.0], &[2, 1, 2]).unwrap();
    let y = tape.concat(&[a, b]).unwrap();
    assert_eq!(tape.shape(y), [2, 2, 2]);
    assert_eq!(run(&tape, y), [1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0]);
    let b = tape.narrow(y, 1, 1).unwrap();
    assert_eq!(run(&tape, b), [5.0, 6.0, 7.0, 8.0]);
}

/// The two halves of a factorised reduction read the pixels (even, even) and (odd, odd).
#[test]
fn the_second_half_of_a_factorised_reduction_reads_odd_pixels() {
    let mut tape = Tape::new();
    let x = tape.constant(&(0..16).map(|x| x as f32).collect::<Vec<_>>(), &[1, 1, 4, 4]).unwrap();
    let one = tape.constant(&[1.0], &[1, 1, 1, 1]).unwrap();
    let stride = ConvSettings { stride: 2, ..ConvSettings::default() };
    let moved = tape.shift(x, 1, 1).unwrap();
    let halves = [tape.conv2d(x, one, None, stride).unwrap(), tape.conv2d(moved, one, None, stride).unwrap()];
    let y = tape.concat(&halves).unwrap();
    assert_eq!(run(&tape, y), [0.0, 2.0, 8.0, 10.0, 5.0, 7.0, 13.0, 15.0]);
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (a, b, flat) = (tape.input(&[2, 3, 4, 4]), tape.input(&[2, 3, 4, 5]), tape.input(&[4]));
    assert!(tape.concat(&[]).is_err());
    assert!(tape.concat(&[flat]).is_err());
    let error = tape.concat(&[a, b]).unwrap_err().to_string();
    assert!(error.contains("[2, 3, 4, 4] and [2, 3, 4, 5] differ in more than axis 1"), "{error}");
    assert!(tape.narrow(a, 2, 2).is_err() && tape.narrow(a, 0, 0).is_err() && tape.narrow(flat, 0, 1).is_err());
    assert!(tape.split(a, 2).is_err() && tape.split(a, 0).is_err() && tape.split(flat, 2).is_err());
    assert!(tape.shift(flat, 1, 1).is_err());
}
