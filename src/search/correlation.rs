//! Rank correlation: whether two measures put the same things in the same order.

use super::rank::doubled_rank;
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
        let spearman = pearson(&doubled_ranks(&one), &doubled_ranks(&other))?;
        Some(Self { count: pairs.len(), spearman, kendall: kendall(pairs)? })
    }
}

/// Twice the ranks, which correlate as the ranks do; equal values share the mean of theirs.
fn doubled_ranks(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| doubled_rank(*value, values) as f64).collect()
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

fn kendall(pairs: &[(f64, f64)]) -> Option<f64> {
    let sign = |a: f64, b: f64| f64::from(i8::from(a > b) - i8::from(a < b));
    let (mut agreement, mut apart, mut other_apart) = (0.0, 0.0, 0.0);
    for (place, (a, b)) in pairs.iter().enumerate() {
        for (c, d) in &pairs[..place] {
            let (one, other) = (sign(*a, *c), sign(*b, *d));
            agreement += one * other;
            apart += one.abs();
            other_apart += other.abs();
        }
    }
    let scale: f64 = apart * other_apart;
    (scale > 0.0).then(|| agreement / scale.sqrt())
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
