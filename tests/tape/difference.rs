//! Comparison of gradients with finite differences.

use graphpnas::device::Device;
use graphpnas::tape::{Plan, ShapeError, StoreBuilder, Tape, Tensor};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Returns values from -1 to 1, determined by the seed.
pub fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Compares the tape's gradient of a weighted sum of all results with central differences, for every input element.
///
/// `inputs` are shapes and values; `record` records the operation on them and returns its results.
pub fn check(
    inputs: &[(&[usize], Vec<f32>)],
    record: impl Fn(&mut Tape, &[Tensor]) -> Result<Vec<Tensor>, ShapeError>,
) {
    let wrong = differing(1e-2, inputs, record);
    assert!(wrong.is_empty(), "{} elements differ, the first: {}", wrong.len(), wrong[0]);
}

/// Like [`check`], for functions with kinks (ReLU), where differences across a kink are meaningless: allows one wrong
/// element in `total_per_wrong`.
pub fn check_but_for_kinks(
    total_per_wrong: usize,
    inputs: &[(&[usize], Vec<f32>)],
    record: impl Fn(&mut Tape, &[Tensor]) -> Result<Vec<Tensor>, ShapeError>,
) {
    // A shorter step crosses fewer kinks.
    let wrong = differing(2e-3, inputs, record);
    let all: usize = inputs.iter().map(|(_, values)| values.len()).sum();
    assert!(wrong.len() * total_per_wrong <= all, "{} of {all} elements differ, the first: {}", wrong.len(), wrong[0]);
}

/// Returns a message for every input element whose gradient differs from central differences.
fn differing(
    step: f32,
    inputs: &[(&[usize], Vec<f32>)],
    record: impl Fn(&mut Tape, &[Tensor]) -> Result<Vec<Tensor>, ShapeError>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut tape = Tape::new();
    let tensors: Vec<_> = inputs.iter().map(|(shape, _)| tape.input(shape)).collect();
    let results = record(&mut tape, &tensors).unwrap();
    // Different weights, so that errors do not cancel.
    let weights: Vec<_> =
        results.iter().enumerate().map(|(index, y)| numbers(99 + index as u64, tape.len(*y))).collect();
    let mut seeds = Vec::new();
    for (y, weights) in results.iter().zip(&weights) {
        let shape = tape.shape(*y).to_vec();
        seeds.push((*y, tape.constant(weights, &shape).unwrap()));
    }
    let gradients = tape.backward_from(&seeds).unwrap();
    let keep: Vec<_> = results.iter().copied().chain(tensors.iter().filter_map(|x| gradients.of(*x))).collect();
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &keep, &store, &Device::Cpu).unwrap();
    let mut value = |changed: usize, moved: &[f32]| {
        for (index, (_, values)) in inputs.iter().enumerate() {
            plan.write(tensors[index], if index == changed { moved } else { values }).unwrap();
        }
        plan.run(&mut store).unwrap();
        let loss: f64 = results
            .iter()
            .zip(&weights)
            .flat_map(|(y, weights)| plan.read(*y).unwrap().into_iter().zip(weights.clone()))
            .map(|(y, weight)| f64::from(y) * f64::from(weight))
            .sum();
        let gradient = tensors.get(changed).and_then(|x| gradients.of(*x)).map(|grad| plan.read(grad).unwrap());
        (loss, gradient)
    };
    for (index, (_, values)) in inputs.iter().enumerate() {
        let gradient = value(index, values).1.unwrap_or_else(|| panic!("no gradient for input {index}"));
        for at in 0..values.len() {
            let mut moved = values.clone();
            moved[at] = values[at] + step;
            let (above, _) = value(index, &moved);
            moved[at] = values[at] - step;
            let (below, _) = value(index, &moved);
            let expected = (above - below) / (2.0 * f64::from(step));
            let actual = f64::from(gradient[at]);
            let close = (actual - expected).abs() <= 1e-2 * (1.0 + expected.abs());
            if !close {
                wrong.push(format!(
                    "gradient of input {index} at {at} is {actual}, but {expected} by finite differences"
                ));
            }
        }
    }
    wrong
}
