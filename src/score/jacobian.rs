//! Jacov (Mellor et al. 2020): networks whose responses to different images are not alike.

use nalgebra::DMatrix;

/// Keeps logarithm and reciprocal finite, as in the published code.
const SMALL: f64 = 1e-5;

/// Of the gradients of the summed outputs by the images, `[batch, pixels]`: minus the sum over the eigenvalues v of their
/// correlation matrix of log(v + k) + 1 / (v + k). Minus infinity where a gradient is the same for all pixels.
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
    -values.iter().map(|value| (value + SMALL).ln() + 1.0 / (value + SMALL)).sum::<f64>()
}

/// The gradient with mean 0 and length 1.
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
    fn unlike_gradients_score_best() {
        // Eigenvalues 1 and 1, without correlation; 2 and 0, where they are the same.
        let unlike = jacov(&[1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0], 2);
        assert!((unlike + 2.0 * ((1.0 + 1e-5_f64).ln() + 1.0 / (1.0 + 1e-5))).abs() < 1e-9);
        let same = jacov(&[1.0, 1.0, -1.0, -1.0, 2.0, 2.0, -2.0, -2.0], 2);
        assert!(same < -9e4, "{same}");
        assert_eq!(jacov(&[1.0, 1.0, 3.0, 5.0], 2), f64::NEG_INFINITY);
    }
}
