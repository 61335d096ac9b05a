//! Gradients of losses.

use super::difference::{check, numbers};
use graphpnas::tape::Tape;

fn labels(tape: &mut Tape, labels: &[u32]) -> graphpnas::tape::Tensor {
    let numbers: Vec<_> = labels.iter().copied().map(f32::from_bits).collect();
    tape.constant(&numbers, &[labels.len()]).unwrap()
}

/// The label of the last row is not a class.
#[test]
fn cross_entropy_gradients() {
    for smoothing in [0.0, 0.1] {
        check(&[(&[3, 4], numbers(1, 12))], |tape, x| {
            let labels = labels(tape, &[2, 0, 4]);
            Ok(vec![tape.cross_entropy(x[0], labels, smoothing)?])
        });
    }
}

#[test]
fn incompatible_shapes_are_errors() {
    let mut tape = Tape::new();
    let (logits, labels) = (tape.input(&[3, 4]), tape.input(&[4]));
    let error = tape.cross_entropy(logits, labels, 0.0).unwrap_err().to_string();
    assert_eq!(error, "cross_entropy: logits of [3, 4] with labels of [4]");
    assert!(tape.hits(labels, labels, 1).is_err());
}
