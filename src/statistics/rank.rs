//! The rank test of Wilcoxon, Mann and Whitney, exact, with ties.

/// Runs a side beyond which the exact distribution takes minutes; only the first so many count.
const MOST: usize = 100;

/// The two-sided probability that ranks differ so much if both samples came from one distribution; 1 where one is empty.
///
/// Values that are equal share their mean rank. The distribution of the rank sum is exact: over all ways to choose the
/// first sample's ranks, counted by dynamic programming (Mann and Whitney, 1947, generalised to ties).
#[must_use]
pub fn rank_test(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (&a[..a.len().min(MOST)], &b[..b.len().min(MOST)]);
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let all: Vec<f64> = a.iter().chain(b).copied().collect();
    let ranks: Vec<usize> = all.iter().map(|value| doubled_rank(*value, &all)).collect();
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

/// Twice the rank of a value, from 1; equal values share the mean of theirs, so that this is a whole number.
fn doubled_rank(value: f64, all: &[f64]) -> usize {
    let below = all.iter().filter(|other| **other < value).count();
    let equal = all.iter().filter(|other| **other == value).count();
    2 * below + equal + 1
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
    fn symmetric_and_small_for_clear_differences() {
        let a: Vec<f64> = (0..20).map(f64::from).collect();
        let b: Vec<f64> = (10..30).map(f64::from).collect();
        assert!((rank_test(&a, &b) - rank_test(&b, &a)).abs() < 1e-12);
        assert!(rank_test(&a, &b) < 1e-3);
    }
}
