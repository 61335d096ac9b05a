//! Gradients of the element-wise operations.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{Plan, StoreBuilder, Tape, Tensor};

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
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.relu6(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.silu(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.hard_swish(x[0])]));
        check(&[(&shape, x.clone())], |tape, x| Ok(vec![tape.gelu(x[0])]));
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
    let mut tape = Tape::new();
    let (a, b) = (tape.input(&[2, 3]), tape.input(&[3, 2]));
    let error = tape.add(a, b).unwrap_err().to_string();
    assert!(error.contains("add: [2, 3] and [3, 2] differ"), "{error}");
}

#[test]
fn gradients_of_scaled_channels() {
    check(&[(&[2, 3, 2, 2], numbers(4, 24)), (&[2, 3], numbers(5, 6))], |tape, x| {
        Ok(vec![tape.scale_channels(x[0], x[1])?])
    });
    check(&[(&[1, 1, 1, 1], numbers(6, 1)), (&[1, 1], numbers(7, 1))], |tape, x| {
        Ok(vec![tape.scale_channels(x[0], x[1])?])
    });
    let mut tape = Tape::new();
    let (x, factors) = (tape.input(&[2, 3, 2, 2]), tape.input(&[2, 4]));
    assert!(tape.scale_channels(x, factors).is_err());
}

#[test]
fn gradients_of_a_tensor_added_to_each() {
    check(&[(&[3, 2, 2], numbers(8, 12)), (&[2, 2], numbers(9, 4))], |tape, x| Ok(vec![tape.add_to_each(x[0], x[1])?]));
    check(&[(&[1, 1], numbers(8, 1)), (&[1], numbers(9, 1))], |tape, x| Ok(vec![tape.add_to_each(x[0], x[1])?]));
    let mut tape = Tape::new();
    let (x, shared, empty) = (tape.input(&[3, 2, 2]), tape.input(&[2]), tape.input(&[0, 2]));
    assert!(tape.add_to_each(x, shared).is_err() && tape.add_to_each(empty, shared).is_err());
}

/// Values of PyTorch's functions.
#[test]
fn activations_have_the_values_of_pytorch() {
    let x = [-4.0, -2.0, -1.0, 0.0, 0.5, 1.0, 3.0, 7.0];
    type Record = fn(&mut Tape, Tensor) -> Tensor;
    let cases: [(Record, [f32; 8]); 4] = [
        (Tape::relu6, [0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 3.0, 6.0]),
        (
            Tape::silu,
            [-0.071_944_84, -0.238_405_84, -0.268_941_4, 0.0, 0.311_229_68, 0.731_058_6, 2.857_722, 6.993_623],
        ),
        (Tape::hard_swish, [0.0, -0.333_333_34, -0.333_333_34, 0.0, 0.291_666_66, 0.666_666_7, 3.0, 7.0]),
        (Tape::gelu, [-0.000_126_69, -0.045_500_27, -0.158_655_26, 0.0, 0.345_731_23, 0.841_344_7, 2.995_950_5, 7.0]),
    ];
    for (record, expected) in cases {
        let mut tape = Tape::new();
        let input = tape.input(&[8]);
        let y = record(&mut tape, input);
        let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
        let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
        plan.write(input, &x).unwrap();
        plan.run(&mut store).unwrap();
        for (actual, expected) in plan.read(y).unwrap().iter().zip(expected) {
            assert!((actual - expected).abs() <= 1e-6 + 1e-5 * expected.abs(), "{actual} {expected}");
        }
    }
}
