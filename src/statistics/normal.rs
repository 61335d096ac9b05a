//! The standard normal distribution.

/// The quantile function of the standard normal distribution, by Acklam's rational approximation (relative error
/// 1.2e-9). Infinite at 0 and 1, NaN outside of 0 to 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    const LOW: f64 = 0.024_25;
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    if p < LOW {
        let q = (-2.0 * p.ln()).sqrt();
        let numerator = [
            -7.784894002430293e-3,
            -3.223964580411365e-1,
            -2.400758277161838,
            -2.549732539343734,
            4.374664141464968,
            2.938163982698783,
        ];
        let denominator = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0];
        return if p > 0.0 { polynomial(&numerator, q) / polynomial(&denominator, q) } else { f64::NEG_INFINITY };
    }
    let q = p - 0.5;
    let numerator = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    let denominator = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
        1.0,
    ];
    q * polynomial(&numerator, q * q) / polynomial(&denominator, q * q)
}

/// The probability that a standard normal variable exceeds `z >= 0`, by bisection of [`normal_quantile`].
#[must_use]
pub(super) fn normal_tail(z: f64) -> f64 {
    let (mut low, mut high) = (0.0, 0.5);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if normal_quantile(middle) < -z { low = middle } else { high = middle }
    }
    high
}

/// Evaluates a polynomial; the coefficient of the highest power comes first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::normal_quantile;

    #[test]
    fn quantiles_match_published_values() {
        for (p, x) in
            [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (0.01, -2.326_347_874_040_841), (1e-5, -4.264_890_793_922_825)]
        {
            assert!((normal_quantile(p) - x).abs() < 1e-8, "{p}: {}", normal_quantile(p));
        }
        assert_eq!([normal_quantile(0.0), normal_quantile(1.0)], [f64::NEG_INFINITY, f64::INFINITY]);
        assert!(normal_quantile(1.5).is_nan() && normal_quantile(f64::NAN).is_nan());
    }
}
