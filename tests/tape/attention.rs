//! Multi-head attention: gradients, values in double precision, memory.

use super::difference::{check, numbers};
use graphpnas::device::Device;
use graphpnas::tape::{Plan, StoreBuilder, Tape};

#[test]
fn attention_gradients() {
    for (shape, heads) in [(&[2, 6, 2, 3][..], 2), (&[1, 3, 1, 4], 3), (&[2, 4, 5], 1), (&[1, 1, 1, 1], 1)] {
        let len = shape.iter().product();
        let inputs: Vec<_> = (0..3).map(|seed| (shape, numbers(20 + seed, len))).collect();
        check(&inputs, |tape, x| Ok(vec![tape.attention([x[0], x[1], x[2]], heads)?]));
    }
}

/// The definition, as PyTorch's `scaled_dot_product_attention` for tensors `[N, C, T]`.
fn expected([q, k, v]: [&[f32]; 3], [batch, channels, positions]: [usize; 3], heads: usize) -> Vec<f64> {
    let width = channels / heads;
    let mut y = vec![0.0; q.len()];
    for head in 0..batch * heads {
        let at = |x: &[f32], d: usize, t: usize| f64::from(x[(head * width + d) * positions + t]);
        for i in 0..positions {
            let score = |j: usize| (0..width).map(|d| at(q, d, i) * at(k, d, j)).sum::<f64>() / (width as f64).sqrt();
            let largest = (0..positions).map(score).fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<_> = (0..positions).map(|j| (score(j) - largest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for d in 0..width {
                y[(head * width + d) * positions + i] =
                    weights.iter().enumerate().map(|(j, weight)| weight * at(v, d, j)).sum::<f64>() / sum;
            }
        }
    }
    y
}

/// Also for scores in the hundreds, whose exponentials overflow.
#[test]
fn values_agree_with_double_precision() {
    let sizes = [([2, 12, 35], 3, 1.0), ([3, 64, 64], 4, 1.0), ([1, 5, 1], 5, 1.0), ([2, 8, 10], 2, 100.0)];
    for (shape, heads, scale) in sizes {
        let [q, k, v] = [1, 2, 3].map(|seed| numbers(seed, shape.iter().product()));
        let q: Vec<_> = q.iter().map(|x| scale * x).collect();
        for device in [Device::Cpu, crate::common::gpu()] {
            let mut tape = Tape::new();
            let inputs = [(); 3].map(|()| tape.input(&shape));
            let y = tape.attention(inputs, heads).unwrap();
            let mut store = StoreBuilder::default().build(&device).unwrap();
            let mut plan = Plan::new(&tape, &[y], &store, &device).unwrap();
            inputs.iter().zip([&q, &k, &v]).for_each(|(input, x)| plan.write(*input, x).unwrap());
            plan.run(&mut store).unwrap();
            let pairs = plan.read(y).unwrap().into_iter().zip(expected([&q, &k, &v], shape, heads));
            let worst = pairs.map(|(y, expected)| (f64::from(y) - expected).abs()).fold(0.0, f64::max);
            assert!(worst < 2e-4, "off by {worst} for {shape:?} on {}", device.name());
        }
    }
}

/// The attention weights of 256 positions are 16 times as large as the values of 16 channels. Those of a layer are not
/// kept for the backward pass, so a further layer needs memory only for its other tensors.
#[test]
fn attention_weights_are_not_stored() {
    let peak = |layers: usize| {
        let mut tape = Tape::new();
        let x = tape.input(&[4, 16, 256]);
        let y = (0..layers).fold(x, |x, _| tape.attention([x; 3], 1).unwrap());
        let loss = tape.sum(y).unwrap();
        let gradients = tape.backward(loss).unwrap();
        tape.cost(&[gradients.of(x).unwrap()]).peak
    };
    let values = 4 * 4 * 16 * 256;
    assert!(peak(6) - peak(2) <= 4 * 3 * values, "{} bytes for four layers", peak(6) - peak(2));
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (x, other, empty) = (tape.input(&[2, 6, 2, 2]), tape.input(&[2, 6, 4]), tape.input(&[0, 6, 2, 2]));
    let flat = tape.input(&[6]);
    for (inputs, heads) in [([x, x, other], 2), ([x; 3], 4), ([x; 3], 0), ([empty; 3], 2), ([flat; 3], 1)] {
        assert!(tape.attention(inputs, heads).is_err(), "{inputs:?} {heads}");
    }
    let error = tape.attention([x; 3], 4).unwrap_err().to_string();
    assert_eq!(error, "attention: [2, 6, 2, 2] cannot be divided into 4 heads");
}
