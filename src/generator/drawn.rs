//! Sampled graphs with their log-probabilities, and sampling from log-probabilities.

use crate::graph::Graph;
use rand::{Rng, RngExt};

/// A sampled graph with its log-probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The graph.
    pub graph: Graph,
    /// Natural logarithm of its probability under the distribution that it was sampled from.
    pub log_probability: f64,
}

impl Drawn {
    /// Combines separately sampled parts into one architecture.
    #[must_use]
    pub fn disjoint_union(parts: &[Drawn]) -> Drawn {
        let graphs: Vec<Graph> = parts.iter().map(|part| part.graph.clone()).collect();
        let log_probability = parts.iter().map(|part| part.log_probability).sum();
        Drawn { graph: Graph::disjoint_union(&graphs), log_probability }
    }

    /// Combines one list per part into architectures: the i-th one consists of the i-th element of each list.
    #[must_use]
    pub fn joined(lists: &[Vec<Drawn>]) -> Vec<Drawn> {
        joined(lists, Drawn::disjoint_union)
    }

    /// Returns the `width` most likely architectures with one part from each of `lists`. The lists and the result are
    /// in order of descending probability.
    #[must_use]
    pub fn likeliest(lists: &[Vec<Drawn>], width: usize) -> Vec<Drawn> {
        let mut best = vec![Drawn { graph: Graph::empty(0), log_probability: 0.0 }];
        for parts in lists {
            // A pair (i, j) is at most as likely as the i * j pairs with smaller indices, so j < width / i suffices.
            let partners = |i: usize| parts.iter().take(width / (i + 1));
            let pairs = best.iter().enumerate().flat_map(|(i, one)| partners(i).map(move |part| (one, part)));
            let mut longer: Vec<Drawn> =
                pairs.map(|(one, part)| Drawn::disjoint_union(&[one.clone(), part.clone()])).collect();
            longer.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            longer.truncate(width);
            best = longer;
        }
        best
    }
}

/// Combines the i-th elements of all lists with `combine`, for every index that all lists have.
pub(super) fn joined<T: Clone>(lists: &[Vec<T>], combine: fn(&[T]) -> T) -> Vec<T> {
    let count = lists.iter().map(Vec::len).min().unwrap_or(0);
    let parts = |index: usize| lists.iter().filter_map(|parts| parts.get(index).cloned()).collect::<Vec<_>>();
    (0..count).map(|index| combine(&parts(index))).collect()
}

/// Samples an index from log-probabilities; returns 0 for an empty slice.
pub(super) fn pick(logs: &[f64], rng: &mut dyn Rng) -> usize {
    if logs.is_empty() {
        return 0;
    }
    let mut left = rng.random::<f64>();
    for (index, log) in logs.iter().enumerate() {
        left -= log.exp();
        if left < 0.0 {
            return index;
        }
    }
    // Rounding may leave a rest; excluded choices have probability 0.
    logs.iter().rposition(|log| *log > f64::NEG_INFINITY).unwrap_or(0)
}

/// Numerically stable logsumexp.
pub(super) fn log_sum(logs: &[f64]) -> f64 {
    let max = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return max;
    }
    max + logs.iter().map(|log| (log - max).exp()).sum::<f64>().ln()
}

/// Log-softmax of the logits.
pub(super) fn log_softmax(logits: Vec<f64>) -> Vec<f64> {
    if logits.is_empty() {
        return logits;
    }
    let sum = log_sum(&logits);
    logits.into_iter().map(|logit| logit - sum).collect()
}
