//! Expressivity and progressivity (Lee and Ham 2024, AZ-NAS, section 3.2): how many independent directions the channels of
//! an image span, and whether they become more from stage to stage.

use nalgebra::DMatrix;

/// The entropy in nats of the normalised eigenvalues of the covariance of channels, of a result `[batch, channels, area]`;
/// 0 of a constant one, no number where a value is none.
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
    let shares = covariance.symmetric_eigenvalues();
    -shares.iter().filter(|share| **share > 0.0).map(|share| share * share.ln()).sum::<f64>()
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
        for ((room, channel), mean) in centred.chunks_exact_mut(area).zip(image.chunks_exact(area)).zip(&means) {
            room.iter_mut().zip(channel).for_each(|(room, value)| *room = value - mean);
        }
        // A column is a channel: the products of an image's channels, in f32, are added up in f64.
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
    fn equal_independent_channels_have_the_entropy_of_their_number() {
        // Two images of one pixel a row: channels +-1 without correlation, then two equal channels, then a constant.
        let independent = [1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        assert!((entropy(&independent, 2, 4) - 2_f64.ln()).abs() < 1e-6);
        let equal = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        assert!(entropy(&equal, 2, 4).abs() < 1e-6);
        assert_eq!(entropy(&[3.0; 8], 2, 4), 0.0);
        assert!(entropy(&[f32::NAN; 8], 2, 4).is_nan());
        assert_eq!(entropy(&[], 2, 4), 0.0);
    }
}
