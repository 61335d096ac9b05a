//! The rank test of Wilcoxon, Mann and Whitney, exact, with ties.

use super::normal::normal_tail;
use crate::convert::{to_usize, to_whole};

/// Values a side beyond which the exact distribution takes minutes.
const MOST: usize = 100;

/// The two-sided probability that ranks differ so much if both samples came from one distribution; 1 where one is empty.
///
/// Values that are equal share their mean rank. The distribution of the rank sum is exact: over all ways to choose the
/// first sample's ranks, counted by dynamic programming (Mann and Whitney, 1947, generalised to ties); of samples of more than
/// 100 values it is the normal one with the correction for ties. What is no number ranks lowest.
#[must_use]
pub fn rank_test(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let number = |value: &f64| if value.is_nan() { f64::NEG_INFINITY } else { *value };
    let all: Vec<f64> = a.iter().chain(b).map(number).collect();
    if a.len().max(b.len()) > MOST {
        return approximate(&mean_ranks(&all), a.len());
    }
    // Twice the ranks are whole numbers.
    let ranks: Vec<usize> = mean_ranks(&all).into_iter().map(|rank| to_usize(to_whole(2.0 * rank))).collect();
    let sum: usize = ranks[..a.len()].iter().sum();
    let shares = distribution(&ranks, a.len());
    // Twice the mean of the sum, in doubled ranks: n (N + 1).
    let mean = a.len() * (all.len() + 1);
    let away = sum.abs_diff(mean);
    let total: f64 = shares.iter().sum();
    let extreme: f64 =
        shares.iter().enumerate().filter(|(sum, _)| sum.abs_diff(mean) >= away).map(|(_, share)| share).sum();
    (extreme / total).min(1.0)
}

/// The test by the normal distribution, of the first `count` ranks against the others.
fn approximate(ranks: &[f64], count: usize) -> f64 {
    let (first, all) = (count as f64, ranks.len() as f64);
    let away = (ranks[..count].iter().sum::<f64>() - first * (all + 1.0) / 2.0).abs();
    // The variance of the rank sum is that of the ranks, which are less spread where there are ties, times n m / (N - 1).
    let spread: f64 = ranks.iter().map(|rank| (rank - (all + 1.0) / 2.0).powi(2)).sum::<f64>() / all;
    let deviation = (spread * first * (all - first) / (all - 1.0)).sqrt();
    // Half a rank for the continuity of the normal distribution.
    if deviation > 0.0 { (2.0 * normal_tail((away - 0.5).max(0.0) / deviation)).min(1.0) } else { 1.0 }
}

/// The rank of every value, from 1 for the smallest; equal values share the mean of theirs.
#[must_use]
pub fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        // The mean of first + 1 to first + the number of equals.
        let rank = first as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|place| ranks[*place] = rank);
        first += equal.len();
    }
    ranks
}

/// For every sum, the share of the ways to choose `count` of the ranks that have it, up to a common factor.
fn distribution(ranks: &[usize], count: usize) -> Vec<f64> {
    let most: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0; most + 1]; count + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for chosen in (0..count).rev() {
            let (before, after) = ways.split_at_mut(chosen + 1);
            for (sum, share) in before[chosen].iter().enumerate().filter(|(_, share)| **share > 0.0) {
                after[0][sum + rank] += share;
            }
        }
        // Halved a rank, so that the numbers of ways stay numbers.
        ways.iter_mut().flatten().for_each(|share| *share *= 0.5);
    }
    ways.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::rank_test;

    #[test]
    fn small_samples_by_hand() {
        // All of three below all of three: 2 of the 20 ways are as extreme.
        assert!((rank_test(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]) - 0.1).abs() < 1e-12);
        assert!((rank_test(&[1.0, 3.0], &[2.0, 4.0]) - 4.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn ties_and_equal_samples() {
        assert_eq!(rank_test(&[1.0; 5], &[1.0; 7]), 1.0);
        // Ranks 1.5 1.5 | 3 4: sums of two of {3, 3, 6, 8} doubled are 6, 9, 9, 11, 11, 14; 6 and 14 are as far from 10.
        assert!((rank_test(&[1.0, 1.0], &[2.0, 3.0]) - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(rank_test(&[], &[1.0]), 1.0);
    }

    #[test]
    fn large_samples_by_the_normal_distribution() {
        let odd =
            |count: u32| (0..count).map(|place| f64::from(2 * place % 7) + f64::from(place) / 50.0).collect::<Vec<_>>();
        let (a, b) = (odd(100), odd(90).into_iter().map(|value| value + 0.6).collect::<Vec<_>>());
        let ranks = super::mean_ranks(&a.iter().chain(&b).copied().collect::<Vec<_>>());
        let (exact, near) = (rank_test(&a, &b), super::approximate(&ranks, 100));
        assert!((exact - near).abs() < 1e-3 && exact < 0.2, "{exact} {near}");
        let (a, b) = (odd(300), odd(300));
        assert_eq!(rank_test(&a, &b), 1.0);
        assert!(rank_test(&a, &b.iter().map(|value| value + 3.0).collect::<Vec<_>>()) < 1e-6);
        assert_eq!(rank_test(&[2.0; 101], &[2.0]), 1.0);
        assert_eq!(rank_test(&[f64::NAN], &[1.0]), rank_test(&[0.0], &[1.0]));
    }

    #[test]
    fn symmetric_and_small_for_clear_differences() {
        let a: Vec<f64> = (0..20).map(f64::from).collect();
        let b: Vec<f64> = (10..30).map(f64::from).collect();
        assert!((rank_test(&a, &b) - rank_test(&b, &a)).abs() < 1e-12);
        assert!(rank_test(&a, &b) < 1e-3);
    }
}
