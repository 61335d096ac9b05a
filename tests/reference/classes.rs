//! Softmax and losses of classification.

use super::ops::Op;

/// `softmax` over the last axis.
pub fn softmax(op: &Op<'_>) {
    op.check(&["x"], |tape, x| tape.softmax(x[0]));
}

/// `cross_entropy`: the mean over the batch.
pub fn cross_entropy(op: &Op<'_>) {
    let smoothing = op.attributes["label_smoothing"].as_f64().unwrap() as f32;
    let labels: Vec<_> = op.tensor("in.target").numbers.iter().map(|x| f32::from_bits(*x as u32)).collect();
    op.check(&["x"], |tape, x| {
        let labels = tape.constant(&labels, &[labels.len()])?;
        let losses = tape.cross_entropy(x[0], labels, smoothing)?;
        tape.mean(losses)
    });
}
