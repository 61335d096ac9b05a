//! Jacov (Mellor et al. 2020): how little the input gradients of different images are correlated.

use nalgebra::DMatrix;

/// Added to eigenvalues so that logarithm and reciprocal are finite, as in the published code.
const EPSILON: f64 = 1e-5;

/// Returns minus the sum of log(v + epsilon) + 1 / (v + epsilon) over the eigenvalues v of the correlation matrix of
/// the gradients, `[batch, pixels]`, of the summed outputs by the images. Minus infinity if a gradient is constant.
pub(super) fn jacov(gradients: &[f32], images: usize) -> f64 {
    let pixels = (gradients.len() / images.max(1)).max(1);
    let rows: Vec<Vec<f64>> = gradients.chunks_exact(pixels).map(centred).collect();
    let correlation = DMatrix::from_fn(rows.len(), rows.len(), |one, other| {
        rows[one].iter().zip(&rows[other]).map(|(a, b)| a * b).sum::<f64>()
    });
    if !correlation.iter().all(|value| value.is_finite()) {
        return f64::NEG_INFINITY;
    }
    let values = correlation.symmetric_eigenvalues();
    -values.iter().map(|value| (value + EPSILON).ln() + 1.0 / (value + EPSILON)).sum::<f64>()
}

/// Returns the gradient, normalised to mean 0 and length 1.
fn centred(gradient: &[f32]) -> Vec<f64> {
    let mean = gradient.iter().map(|value| f64::from(*value)).sum::<f64>() / gradient.len() as f64;
    let mut centred: Vec<f64> = gradient.iter().map(|value| f64::from(*value) - mean).collect();
    let length = centred.iter().map(|value| value * value).sum::<f64>().sqrt();
    centred.iter_mut().for_each(|value| *value /= length);
    centred
}

#[cfg(test)]
mod tests {
    use super::jacov;

    #[test]
    fn uncorrelated_gradients_score_best() {
        // Eigenvalues are 1 and 1 without correlation, 2 and 0 for equal gradients.
        let uncorrelated = jacov(&[1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0], 2);
        assert!((uncorrelated + 2.0 * ((1.0 + 1e-5_f64).ln() + 1.0 / (1.0 + 1e-5))).abs() < 1e-9);
        let same = jacov(&[1.0, 1.0, -1.0, -1.0, 2.0, 2.0, -2.0, -2.0], 2);
        assert!(same < -9e4, "{same}");
        assert_eq!(jacov(&[1.0, 1.0, 3.0, 5.0], 2), f64::NEG_INFINITY);
    }
}
