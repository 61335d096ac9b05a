//! Drawing by log-probabilities, and what was drawn with its probability.

use crate::graph::Graph;
use rand::{Rng, RngExt};

/// A graph and the logarithm of its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The graph.
    pub graph: Graph,
    /// Natural logarithm of its probability under the distribution it was drawn from.
    pub log_probability: f64,
}

impl Drawn {
    /// The architecture whose parts were drawn one by one.
    #[must_use]
    pub fn side_by_side(parts: &[Drawn]) -> Drawn {
        let graphs: Vec<Graph> = parts.iter().map(|part| part.graph.clone()).collect();
        let log_probability = parts.iter().map(|part| part.log_probability).sum();
        Drawn { graph: Graph::side_by_side(&graphs), log_probability }
    }

    /// The architectures of what was drawn for each part: the first of each, the second of each, and so on.
    #[must_use]
    pub fn joined(lists: &[Vec<Drawn>]) -> Vec<Drawn> {
        joined(lists, Drawn::side_by_side)
    }

    /// The likeliest `width` architectures of one part out of each of `lists`, which must come likeliest first, as they
    /// do here again.
    #[must_use]
    pub fn likeliest(lists: &[Vec<Drawn>], width: usize) -> Vec<Drawn> {
        let mut best = vec![Drawn { graph: Graph::empty(0), log_probability: 0.0 }];
        for parts in lists {
            // The pair of the i-th and the j-th is no likelier than the i * j pairs of those up to them.
            let partners = |i: usize| parts.iter().take(width / (i + 1));
            let pairs = best.iter().enumerate().flat_map(|(i, one)| partners(i).map(move |part| (one, part)));
            let mut longer: Vec<Drawn> =
                pairs.map(|(one, part)| Drawn::side_by_side(&[one.clone(), part.clone()])).collect();
            longer.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            longer.truncate(width);
            best = longer;
        }
        best
    }
}

/// Makes one whole of the first of each list, one of the second of each, and so on.
pub(super) fn joined<T: Clone>(lists: &[Vec<T>], whole: fn(&[T]) -> T) -> Vec<T> {
    let count = lists.iter().map(Vec::len).min().unwrap_or(0);
    let parts = |number: usize| lists.iter().filter_map(|parts| parts.get(number).cloned()).collect::<Vec<_>>();
    (0..count).map(|number| whole(&parts(number))).collect()
}

/// Draws an index by log-probabilities; 0 where there is nothing to choose.
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
    logs.len() - 1
}

/// logsumexp, safe for large and small numbers.
pub(super) fn log_sum(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
}

/// The logarithms of the softmax.
pub(super) fn log_softmax(logits: Vec<f64>) -> Vec<f64> {
    if logits.is_empty() {
        return logits;
    }
    let sum = log_sum(&logits);
    logits.into_iter().map(|logit| logit - sum).collect()
}
