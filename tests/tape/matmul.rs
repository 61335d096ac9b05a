//! Gradients of matrix products and linear layers.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

/// Returns the shape of an operand: an optional batch, then rows and columns before its transposition.
fn shape(batch: Option<usize>, rows: usize, columns: usize, transposed: bool) -> Vec<usize> {
    let (rows, columns) = if transposed { (columns, rows) } else { (rows, columns) };
    batch.into_iter().chain([rows, columns]).collect()
}

#[test]
fn product_gradients() {
    let (m, k, n) = (3, 4, 2);
    for (left, right) in [(None, None), (Some(2), Some(2)), (Some(2), None), (None, Some(2))] {
        for turn in 0..4 {
            let (ta, tb) = (turn % 2 == 1, turn > 1);
            let (a, b) = (shape(left, m, k, ta), shape(right, k, n, tb));
            let values = |seed, shape: &[usize]| numbers(seed, shape.iter().product());
            check(&[(&a, values(1, &a)), (&b, values(2, &b))], |tape, x| Ok(vec![tape.matmul(x[0], x[1], ta, tb)?]));
        }
    }
}

#[test]
fn linear_gradients() {
    let (weight, bias) = ([4, 3], [4]);
    let inputs = [(&[2, 5, 3][..], numbers(1, 30)), (&weight[..], numbers(2, 12)), (&bias[..], numbers(3, 4))];
    check(&inputs, |tape, x| Ok(vec![tape.linear(x[0], x[1], Some(x[2]), false)?]));
    check(&inputs[..2], |tape, x| Ok(vec![tape.linear(x[0], x[1], None, false)?]));
    check(&[(&[3], numbers(4, 3)), (&weight, numbers(2, 12))], |tape, x| {
        Ok(vec![tape.linear(x[0], x[1], None, false)?])
    });
    // The bias keeps every unit away from the kink of the ReLU, some above and some below.
    let biased =
        [(&[5, 3][..], numbers(1, 15)), (&weight[..], numbers(2, 12)), (&bias[..], vec![4.0, -4.0, 4.0, -4.0])];
    check(&biased, |tape, x| Ok(vec![tape.linear(x[0], x[1], Some(x[2]), true)?]));
}

/// The bias gradient of many rows is summed in two launches.
#[test]
fn the_bias_gradient_of_many_rows_is_correct() {
    use graphpnas::device::Device;
    use graphpnas::tape::{Plan, StoreBuilder};
    let (rows, mut tape) = (5003, Tape::new());
    let (x, weight, bias) = (tape.input(&[rows, 1]), tape.input(&[2, 1]), tape.input(&[2]));
    let y = tape.linear(x, weight, Some(bias), false).unwrap();
    let up = tape.input(&[rows, 2]);
    let gradient = tape.backward_from(&[(y, up)]).unwrap().of(bias).unwrap();
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[gradient], &store, &Device::Cpu).unwrap();
    let numbers: Vec<_> = (0..2 * rows).map(|i| if i % 2 == 0 { 1.0 } else { (i % 5) as f32 }).collect();
    plan.write(up, &numbers).unwrap();
    plan.run(&mut store).unwrap();
    let second = numbers.iter().skip(1).step_by(2).sum::<f32>();
    assert_eq!(plan.read(gradient).unwrap(), [rows as f32, second]);
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (a, b) = (tape.input(&[2, 3]), tape.input(&[2, 3]));
    assert!(tape.matmul(a, b, false, true).is_ok());
    let error = tape.matmul(a, b, false, false).unwrap_err().to_string();
    assert!(error.contains("matmul: [2, 3] times [2, 3]"), "{error}");
    let (batch, other, flat) = (tape.input(&[4, 2, 3]), tape.input(&[5, 3, 2]), tape.input(&[3]));
    assert!(tape.matmul(batch, other, false, false).is_err());
    assert!(tape.matmul(a, flat, false, false).is_err());
    let empty = tape.input(&[0, 3]);
    assert!(tape.matmul(empty, b, false, true).is_err());
    assert!(tape.linear(empty, b, None, false).is_err());
    assert!(tape.linear(a, b, Some(flat), false).is_err());
    assert!(tape.linear(a, other, None, false).is_err());
}
