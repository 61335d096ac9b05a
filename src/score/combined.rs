//! Combines several measures by the logarithms of their ranks within a pool (Lee and Ham 2024, AZ-NAS, section 3.3).

use crate::statistics::mean_ranks;

/// Returns for every network of a pool the sum over the measures of log(rank / pool size), where rank 1 is the lowest
/// value. `measures` contains the values of all networks for each measure. NaN ranks lowest.
#[must_use]
pub fn combine(measures: &[Vec<f64>]) -> Vec<f64> {
    let count = measures.first().map_or(0, Vec::len);
    let mut sums = vec![0.0; count];
    for values in measures {
        let known: Vec<f64> =
            values.iter().map(|value| if value.is_nan() { f64::NEG_INFINITY } else { *value }).collect();
        for (sum, rank) in sums.iter_mut().zip(mean_ranks(&known)) {
            *sum += (rank / count as f64).ln();
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::combine;

    #[test]
    fn scores_are_sums_of_log_ranks() {
        let scores = combine(&[vec![1.0, 2.0, 3.0, 4.0], vec![9.0, 5.0, 5.0, f64::NAN]]);
        let log = |rank: f64| (rank / 4.0).ln();
        let expected = [log(1.0) + log(4.0), log(2.0) + log(2.5), log(3.0) + log(2.5), log(4.0) + log(1.0)];
        assert_eq!(scores, expected);
        assert_eq!(combine(&[]), [0.0; 0]);
    }
}
