//! Gradients of sums, means and maxima.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{Plan, StoreBuilder, Tape};

#[test]
fn sum_and_mean_gradients() {
    for shape in [&[1][..], &[4], &[3, 5], &[2, 3, 2]] {
        let input = [(shape, numbers(1, shape.iter().product()))];
        check(&input, |tape, x| Ok(vec![tape.sum_rows(x[0])?]));
        check(&input, |tape, x| Ok(vec![tape.mean_rows(x[0])?]));
        check(&input, |tape, x| Ok(vec![tape.sum_columns(x[0])?]));
        check(&input, |tape, x| Ok(vec![tape.sum(x[0])?, tape.mean(x[0])?]));
    }
}

#[test]
fn maximum_gradients() {
    let x = vec![0.3, 0.9, -0.5, 0.1, -0.2, -0.9];
    check(&[(&[2, 3], x)], |tape, x| Ok(vec![tape.max_rows(x[0])?]));
    // The gradient goes to the first of two maxima.
    let mut tape = Tape::new();
    let x = tape.constant(&[1.0, 2.0, 2.0], &[3]).unwrap();
    let y = tape.max_rows(x).unwrap();
    let gradient = tape.backward(y).unwrap().of(x).unwrap();
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[y, gradient], &store, &Device::Cpu).unwrap();
    plan.run(&mut store).unwrap();
    assert_eq!((plan.read(y).unwrap(), plan.read(gradient).unwrap()), (vec![2.0], vec![0.0, 1.0, 0.0]));
}

/// Sums of many elements take two launches.
#[test]
fn the_mean_of_many_elements() {
    let mut tape = Tape::new();
    let x = tape.input(&[50, 1001]);
    let (sum, mean) = (tape.sum(x).unwrap(), tape.mean(x).unwrap());
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[sum, mean], &store, &Device::Cpu).unwrap();
    assert_eq!(plan.cost().launches, 4);
    plan.write(x, &(0..50_050).map(|i| (i % 2) as f32).collect::<Vec<_>>()).unwrap();
    plan.run(&mut store).unwrap();
    assert_eq!((plan.read(sum).unwrap(), plan.read(mean).unwrap()), (vec![25_025.0], vec![0.5]));
}

#[test]
fn empty_tensors_are_errors() {
    let mut tape = Tape::new();
    let (empty, number) = (tape.input(&[3, 0]), tape.input(&[]));
    assert_eq!(tape.sum_rows(empty).unwrap_err().to_string(), "sum_rows: [3, 0] has no rows");
    assert!(tape.mean(empty).is_err() && tape.max_rows(number).is_err() && tape.sum_columns(number).is_err());
}
