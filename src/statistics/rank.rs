//! The Wilcoxon-Mann-Whitney rank-sum test, exact with ties.

use super::normal::normal_tail;
use crate::convert::{to_integer, to_usize};

/// Largest sample size for the exact distribution, which takes minutes beyond it.
const MAX_EXACT: usize = 100;

/// The two-sided p-value of the rank-sum test of two samples; 1 if one is empty.
///
/// Tied values get their mean rank; NaN ranks lowest. The distribution of the rank sum is exact, over all ways to
/// choose the first sample's ranks, counted by dynamic programming (Mann and Whitney, 1947, generalised to ties). If a
/// sample has more than 100 values, it is the normal approximation with the correction for ties.
///
/// ```
/// use graphpnas::statistics::rank_test;
///
/// assert!((rank_test(&[5.0, 6.0, 7.0], &[1.0, 2.0, 3.0]) - 0.1).abs() < 1e-12);
/// ```
#[must_use]
pub fn rank_test(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let number = |value: &f64| if value.is_nan() { f64::NEG_INFINITY } else { *value };
    let all: Vec<f64> = a.iter().chain(b).map(number).collect();
    if a.len().max(b.len()) > MAX_EXACT {
        return approximate(&mean_ranks(&all), a.len());
    }
    // Doubled ranks are integers.
    let ranks: Vec<usize> = mean_ranks(&all).into_iter().map(|rank| to_usize(to_integer(2.0 * rank))).collect();
    let sum: usize = ranks[..a.len()].iter().sum();
    let weights = distribution(&ranks, a.len());
    // The mean of the sum of doubled ranks is n (N + 1).
    let mean = a.len() * (all.len() + 1);
    let deviation = sum.abs_diff(mean);
    let total: f64 = weights.iter().sum();
    let extreme: f64 =
        weights.iter().enumerate().filter(|(sum, _)| sum.abs_diff(mean) >= deviation).map(|(_, weight)| weight).sum();
    (extreme / total).min(1.0)
}

/// The p-value by the normal approximation, of the first `count` ranks against the others.
fn approximate(ranks: &[f64], count: usize) -> f64 {
    let (first, all) = (count as f64, ranks.len() as f64);
    let deviation = (ranks[..count].iter().sum::<f64>() - first * (all + 1.0) / 2.0).abs();
    // The variance of the rank sum is that of the ranks, which ties reduce, times n m / (N - 1).
    let variance: f64 = ranks.iter().map(|rank| (rank - (all + 1.0) / 2.0).powi(2)).sum::<f64>() / all;
    let standard_deviation = (variance * first * (all - first) / (all - 1.0)).sqrt();
    // 0.5 is the continuity correction.
    if standard_deviation > 0.0 {
        (2.0 * normal_tail((deviation - 0.5).max(0.0) / standard_deviation)).min(1.0)
    } else {
        1.0
    }
}

/// Returns the rank of every value, from 1 for the smallest; tied values get their mean rank.
#[must_use]
pub fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        // The mean of first + 1 to first + equal.len().
        let rank = first as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|index| ranks[*index] = rank);
        first += equal.len();
    }
    ranks
}

/// Returns for every sum the number of ways to choose `count` ranks with that sum, up to a common factor.
fn distribution(ranks: &[usize], count: usize) -> Vec<f64> {
    let most: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0; most + 1]; count + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for chosen in (0..count).rev() {
            let (before, after) = ways.split_at_mut(chosen + 1);
            for (sum, weight) in before[chosen].iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
                after[0][sum + rank] += weight;
            }
        }
        // Halved after each rank, so that the counts do not overflow.
        ways.iter_mut().flatten().for_each(|weight| *weight *= 0.5);
    }
    ways.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::rank_test;

    #[test]
    fn small_samples_match_manual_calculations() {
        // All of the first sample below all of the second: 2 of the 20 ways are as extreme.
        assert!((rank_test(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]) - 0.1).abs() < 1e-12);
        assert!((rank_test(&[1.0, 3.0], &[2.0, 4.0]) - 4.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn ties_and_equal_samples_match_manual_calculations() {
        assert_eq!(rank_test(&[1.0; 5], &[1.0; 7]), 1.0);
        // Ranks 1.5 1.5 | 3 4: sums of two of {3, 3, 6, 8} doubled are 6, 9, 9, 11, 11, 14; 6 and 14 are as far from
        // 10.
        assert!((rank_test(&[1.0, 1.0], &[2.0, 3.0]) - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(rank_test(&[], &[1.0]), 1.0);
    }

    #[test]
    fn large_samples_use_the_normal_approximation() {
        let sample = |count: u32| (0..count).map(|i| f64::from(2 * i % 7) + f64::from(i) / 50.0).collect::<Vec<_>>();
        let (a, b) = (sample(100), sample(90).into_iter().map(|value| value + 0.6).collect::<Vec<_>>());
        let ranks = super::mean_ranks(&a.iter().chain(&b).copied().collect::<Vec<_>>());
        let (exact, approximate) = (rank_test(&a, &b), super::approximate(&ranks, 100));
        assert!((exact - approximate).abs() < 1e-3 && exact < 0.2, "{exact} {approximate}");
        let (a, b) = (sample(300), sample(300));
        assert_eq!(rank_test(&a, &b), 1.0);
        assert!(rank_test(&a, &b.iter().map(|value| value + 3.0).collect::<Vec<_>>()) < 1e-6);
        assert_eq!(rank_test(&[2.0; 101], &[2.0]), 1.0);
        assert_eq!(rank_test(&[f64::NAN], &[1.0]), rank_test(&[0.0], &[1.0]));
    }

    #[test]
    fn p_values_are_symmetric_and_small_for_clear_differences() {
        let a: Vec<f64> = (0..20).map(f64::from).collect();
        let b: Vec<f64> = (10..30).map(f64::from).collect();
        assert!((rank_test(&a, &b) - rank_test(&b, &a)).abs() < 1e-12);
        assert!(rank_test(&a, &b) < 1e-3);
    }
}
