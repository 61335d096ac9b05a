//! Rank correlation: whether two measures put the same things in the same order.

use super::rank::mean_ranks;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Two rank correlations, from -1 (the opposite order) to 1 (the same order).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// How many things were ordered.
    pub count: usize,
    /// Spearman's rho: the correlation of the ranks, equals sharing the mean of theirs.
    pub spearman: f64,
    /// Kendall's tau-b: pairs in the same order less those in the opposite, over the geometric mean of the pairs that
    /// each measure can tell apart.
    pub kendall: f64,
}

impl Correlation {
    /// Of pairs of measures; none where one of them has the same value everywhere.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let (one, other): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let spearman = pearson(&mean_ranks(&one), &mean_ranks(&other))?;
        Some(Self { count: pairs.len(), spearman, kendall: kendall(pairs)? })
    }
}

/// How well a measure orders things whose true values are known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The correlation over all of them.
    pub all: Correlation,
    /// The standard error of tau, by the bootstrap; none of fewer than ten pairs.
    pub kendall_error: Option<f64>,
    /// The standard error of rho, likewise.
    pub spearman_error: Option<f64>,
    /// The correlation over the better half by the true values, where a search spends its evaluations; none where either side
    /// has the same value everywhere.
    pub better_half: Option<Correlation>,
    /// The standard error of tau over the better half, likewise.
    pub better_half_error: Option<f64>,
}

/// Resamples of the bootstrap.
const RESAMPLES: usize = 100;

/// Of fewer pairs than this, resamples say little of how far off a correlation is: those of two pairs never differ.
const LEAST_PAIRS: usize = 10;

impl Agreement {
    /// Of pairs of a measure and a true value; none where one of them has the same value everywhere.
    ///
    /// The errors come from 100 resamples with replacement (Efron 1979), drawn by a fixed seed.
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

/// The standard errors of tau and rho; none of too few pairs.
fn bootstrap(pairs: &[(f64, f64)]) -> Option<[f64; 2]> {
    if pairs.len() < LEAST_PAIRS {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let resample = |_| {
        let drawn: Vec<_> = pairs.iter().map(|_| pairs[rng.random_range(0..pairs.len())]).collect();
        Correlation::of(&drawn)
    };
    let found: Vec<Correlation> = (0..RESAMPLES).filter_map(resample).collect();
    let values = [found.iter().map(|one| one.kendall).collect(), found.iter().map(|one| one.spearman).collect()];
    Some(values.map(deviation))
}

/// The sample standard deviation; 0 of fewer than two values.
fn deviation(values: Vec<f64>) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (count - 1.0).max(1.0)).sqrt()
}

fn pearson(one: &[f64], other: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (of_one, of_other) = (mean(one), mean(other));
    let product = |a: &[f64], b: &[f64], (of_a, of_b): (f64, f64)| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - of_a) * (b - of_b)).sum()
    };
    let scale = product(one, one, (of_one, of_one)) * product(other, other, (of_other, of_other));
    (scale > 0.0).then(|| product(one, other, (of_one, of_other)) / scale.sqrt())
}

/// Tau-b in n log n (Knight 1966): sorted by one measure, the pairs in the opposite order are the swaps that sort the other.
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

/// The pairs of equal neighbours' runs in a sorted list.
fn tied<T>(sorted: &[T], equal: impl Fn(&T, &T) -> bool) -> f64 {
    sorted.chunk_by(equal).map(|run| pairs_among(run.len())).sum()
}

/// Sorts by merging and counts the pairs that stood in the wrong order.
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
    fn orders_are_compared() {
        let of =
            |other: [f64; 4]| Correlation::of(&[10.0, 20.0, 30.0, 40.0].into_iter().zip(other).collect::<Vec<_>>());
        let same = of([1.0, 2.0, 3.0, 9.0]).unwrap();
        assert_eq!((same.count, same.spearman, same.kendall), (4, 1.0, 1.0));
        let opposite = of([4.0, 3.0, 2.0, 1.0]).unwrap();
        assert_eq!((opposite.spearman, opposite.kendall), (-1.0, -1.0));
        // One pair of six is swapped: rho = 1 - 6 * 2 / 60, tau = 4 / 6.
        let swapped = of([1.0, 3.0, 2.0, 4.0]).unwrap();
        assert!((swapped.spearman - 0.8).abs() < 1e-12 && (swapped.kendall - 2.0 / 3.0).abs() < 1e-12);
        // Ranks 1.5, 1.5, 3, 4; five pairs told apart, all in order.
        let tied = of([1.0, 1.0, 2.0, 3.0]).unwrap();
        assert!((tied.spearman - 4.5 / (5.0_f64 * 4.5).sqrt()).abs() < 1e-12);
        assert!((tied.kendall - 5.0 / 30_f64.sqrt()).abs() < 1e-12);
        assert_eq!(of([1.0; 4]), None);
        assert_eq!(Correlation::of(&[]), None);
    }
}
