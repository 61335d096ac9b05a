//! Expressivity and progressivity (Lee and Ham 2024, AZ-NAS, section 3.2): the number of independent directions that
//! the channels of a feature map span, and its increase from stage to stage.

use nalgebra::DMatrix;

/// Returns the entropy, in nats, of the normalised eigenvalues of the channels' covariance of a result
/// `[batch, channels, area]`: 0 for a constant result, NaN if a value is not finite.
pub(super) fn entropy(result: &[f32], channels: usize, area: usize) -> f64 {
    if result.is_empty() {
        return 0.0;
    }
    let mut covariance = covariance(result, channels.max(1), area.max(1));
    let trace = covariance.trace();
    if !trace.is_finite() {
        return f64::NAN;
    }
    if trace <= 0.0 {
        return 0.0;
    }
    covariance /= trace;
    let fractions = covariance.symmetric_eigenvalues();
    -fractions.iter().filter(|fraction| **fraction > 0.0).map(|fraction| fraction * fraction.ln()).sum::<f64>()
}

fn covariance(result: &[f32], channels: usize, area: usize) -> DMatrix<f64> {
    let images = result.len() / (channels * area);
    let count = (images * area) as f64;
    let mut products = DMatrix::<f32>::zeros(channels, channels);
    let mut sums = vec![0.0_f64; channels];
    let (mut total, mut centred) = (DMatrix::<f64>::zeros(channels, channels), vec![0.0_f32; channels * area]);
    for image in result.chunks_exact(channels * area) {
        for (sum, channel) in sums.iter_mut().zip(image.chunks_exact(area)) {
            *sum += channel.iter().map(|value| f64::from(*value)).sum::<f64>();
        }
    }
    let means: Vec<f32> = sums.iter().map(|sum| crate::convert::to_f32(sum / count)).collect();
    for image in result.chunks_exact(channels * area) {
        for ((target, channel), mean) in centred.chunks_exact_mut(area).zip(image.chunks_exact(area)).zip(&means) {
            target.iter_mut().zip(channel).for_each(|(target, value)| *target = value - mean);
        }
        // A column is a channel. The products of one image are f32; the sum over images is f64.
        let matrix = nalgebra::DMatrixView::from_slice(&centred, area, channels);
        products.gemm_tr(1.0, &matrix, &matrix, 0.0);
        total += products.map(f64::from);
    }
    total / count
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn uncorrelated_channels_have_the_logarithm_of_their_number_as_entropy() {
        // One image of four pixels: two uncorrelated channels of +-1, then two equal channels, then a constant.
        let independent = [1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        assert!((entropy(&independent, 2, 4) - 2_f64.ln()).abs() < 1e-6);
        let equal = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        assert!(entropy(&equal, 2, 4).abs() < 1e-6);
        assert_eq!(entropy(&[3.0; 8], 2, 4), 0.0);
        assert!(entropy(&[f32::NAN; 8], 2, 4).is_nan());
        assert_eq!(entropy(&[], 2, 4), 0.0);
    }
}
