//! Rank correlation of two measures.

use super::rank::mean_ranks;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Two rank correlations, each from -1 (opposite order) to 1 (same order).
///
/// ```
/// use graphpnas::statistics::Correlation;
///
/// let found = Correlation::of(&[(1.0, 10.0), (2.0, 30.0), (3.0, 20.0)]).unwrap();
/// assert!((found.kendall - 1.0 / 3.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Number of pairs.
    pub count: usize,
    /// Spearman's rho: the correlation of the ranks, with mean ranks for ties.
    pub spearman: f64,
    /// Kendall's tau-b: concordant minus discordant pairs, divided by the geometric mean of the numbers of pairs that
    /// are not tied in each measure.
    pub kendall: f64,
}

impl Correlation {
    /// Correlates pairs of measures; `None` if one of them is constant.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let (one, other): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let spearman = pearson(&mean_ranks(&one), &mean_ranks(&other))?;
        Some(Self { count: pairs.len(), spearman, kendall: kendall(pairs)? })
    }
}

/// The rank correlation of a measure with the true values, with standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The correlation of all pairs.
    pub all: Correlation,
    /// The bootstrap standard error of tau; `None` for fewer than ten pairs.
    pub kendall_error: Option<f64>,
    /// The bootstrap standard error of rho; `None` for fewer than ten pairs.
    pub spearman_error: Option<f64>,
    /// The correlation of the better half by true value, where a search spends its evaluations; `None` if either side
    /// is constant.
    pub better_half: Option<Correlation>,
    /// The bootstrap standard error of tau of the better half; `None` for fewer than ten pairs.
    pub better_half_error: Option<f64>,
}

/// Number of bootstrap resamples.
const RESAMPLES: usize = 100;

/// Minimum number of pairs for the bootstrap, whose resamples of very few pairs hardly differ.
const MIN_PAIRS: usize = 10;

impl Agreement {
    /// Correlates pairs of a measure and a true value; `None` if one of them is constant.
    ///
    /// The standard errors are from 100 bootstrap resamples (Efron 1979) with a fixed seed.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let all = Correlation::of(pairs)?;
        let errors = bootstrap(pairs);
        let mut best_first = pairs.to_vec();
        best_first.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        best_first.truncate(pairs.len() / 2);
        let better_half = Correlation::of(&best_first);
        let better_half_error = better_half.and_then(|_| Some(bootstrap(&best_first)?[0]));
        let (kendall_error, spearman_error) = (errors.map(|[error, _]| error), errors.map(|[_, error]| error));
        Some(Self { all, kendall_error, spearman_error, better_half, better_half_error })
    }
}

/// The bootstrap standard errors of tau and rho; `None` for fewer than [`MIN_PAIRS`] pairs.
fn bootstrap(pairs: &[(f64, f64)]) -> Option<[f64; 2]> {
    if pairs.len() < MIN_PAIRS {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let resample = |_| {
        let drawn: Vec<_> = pairs.iter().map(|_| pairs[rng.random_range(0..pairs.len())]).collect();
        Correlation::of(&drawn)
    };
    let found: Vec<Correlation> = (0..RESAMPLES).filter_map(resample).collect();
    let values = [found.iter().map(|one| one.kendall).collect(), found.iter().map(|one| one.spearman).collect()];
    Some(values.map(standard_deviation))
}

/// The sample standard deviation; 0 for fewer than two values.
fn standard_deviation(values: Vec<f64>) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (count - 1.0).max(1.0)).sqrt()
}

fn pearson(one: &[f64], other: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_one, mean_other) = (mean(one), mean(other));
    let product = |a: &[f64], b: &[f64], (mean_a, mean_b): (f64, f64)| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum()
    };
    let scale = product(one, one, (mean_one, mean_one)) * product(other, other, (mean_other, mean_other));
    (scale > 0.0).then(|| product(one, other, (mean_one, mean_other)) / scale.sqrt())
}

/// Tau-b in O(n log n) (Knight 1966): after sorting by one measure, the discordant pairs are the swaps that sort the
/// other.
fn kendall(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|(a, b), (c, d)| a.total_cmp(c).then(b.total_cmp(d)));
    let all = pairs_among(sorted.len());
    let one = tied(&sorted, |(a, _), (b, _)| a == b);
    let both = tied(&sorted, |a, b| a == b);
    let mut other: Vec<f64> = sorted.iter().map(|(_, other)| *other).collect();
    let swaps = sort_counting(&mut other);
    let other = tied(&other, |a, b| a == b);
    let scale = (all - one) * (all - other);
    (scale > 0.0).then(|| (all - one - other + both - 2.0 * swaps) / scale.sqrt())
}

fn pairs_among(count: usize) -> f64 {
    let count = count as f64;
    count * (count - 1.0) / 2.0
}

/// The number of tied pairs in a sorted list.
fn tied<T>(sorted: &[T], equal: impl Fn(&T, &T) -> bool) -> f64 {
    sorted.chunk_by(equal).map(|run| pairs_among(run.len())).sum()
}

/// Merge sort that counts the pairs in the wrong order.
fn sort_counting(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let middle = values.len() / 2;
    let mut swaps = sort_counting(&mut values[..middle]) + sort_counting(&mut values[middle..]);
    let (mut left, mut right) = (values[..middle].iter().peekable(), values[middle..].iter().peekable());
    let mut merged = Vec::with_capacity(values.len());
    loop {
        let from_right = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => b < a,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => break,
        };
        if from_right {
            swaps += left.len() as f64;
        }
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    values.copy_from_slice(&merged);
    swaps
}

#[cfg(test)]
mod tests {
    use super::Correlation;

    #[test]
    fn correlations_match_manual_calculations() {
        let of =
            |other: [f64; 4]| Correlation::of(&[10.0, 20.0, 30.0, 40.0].into_iter().zip(other).collect::<Vec<_>>());
        let same = of([1.0, 2.0, 3.0, 9.0]).unwrap();
        assert_eq!((same.count, same.spearman, same.kendall), (4, 1.0, 1.0));
        let opposite = of([4.0, 3.0, 2.0, 1.0]).unwrap();
        assert_eq!((opposite.spearman, opposite.kendall), (-1.0, -1.0));
        // One pair of six is swapped: rho = 1 - 6 * 2 / 60, tau = 4 / 6.
        let swapped = of([1.0, 3.0, 2.0, 4.0]).unwrap();
        assert!((swapped.spearman - 0.8).abs() < 1e-12 && (swapped.kendall - 2.0 / 3.0).abs() < 1e-12);
        // Ranks 1.5, 1.5, 3, 4; five untied pairs, all concordant.
        let tied = of([1.0, 1.0, 2.0, 3.0]).unwrap();
        assert!((tied.spearman - 4.5 / (5.0_f64 * 4.5).sqrt()).abs() < 1e-12);
        assert!((tied.kendall - 5.0 / 30_f64.sqrt()).abs() < 1e-12);
        assert_eq!(of([1.0; 4]), None);
        assert_eq!(Correlation::of(&[]), None);
    }
}
