//! Sampling policy of learned generators: temperature and uniform mixing.

use super::drawn::log_sum;

/// p = (1 - epsilon) softmax(logits / temperature) + epsilon / choices.
///
/// The temperature mainly flattens decisions that are already close to uniform. The uniform part also samples choices
/// whose learned probability is almost 0, one decision at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SamplingPolicy {
    /// Divisor of all logits, above 0.
    pub temperature: f64,
    /// Probability from 0 to 1 that the decision about an edge or a label is uniform.
    pub epsilon: f64,
}

impl SamplingPolicy {
    /// The learned distribution, unchanged (docs/method.md section 2).
    pub const LEARNED: Self = Self::at(1.0);

    /// The learned distribution with a temperature.
    #[must_use]
    pub const fn at(temperature: f64) -> Self {
        Self { temperature, epsilon: 0.0 }
    }
}

/// Mixes the log-probabilities of a decision with the uniform distribution over the choices that are not excluded.
pub(super) fn mixed(learned: Vec<f64>, epsilon: f64) -> Vec<f64> {
    if epsilon == 0.0 {
        return learned;
    }
    let uniform = epsilon / learned.iter().filter(|log| **log > f64::NEG_INFINITY).count() as f64;
    let mixed = |log: f64| ((1.0 - epsilon) * log.exp() + uniform).ln();
    learned.into_iter().map(|log| if log > f64::NEG_INFINITY { mixed(log) } else { log }).collect()
}

/// Excludes the choices that are not allowed; the others keep their relative probabilities. If none is allowed, all
/// keep theirs.
pub(super) fn masked(learned: Vec<f64>, allowed: impl Fn(usize) -> bool) -> Vec<f64> {
    let kept: Vec<f64> = learned.iter().enumerate().filter(|(index, _)| allowed(*index)).map(|(_, log)| *log).collect();
    if kept.len() == learned.len() || kept.is_empty() {
        return learned;
    }
    let sum = log_sum(&kept);
    let excluded = |(index, log): (usize, f64)| if allowed(index) { log - sum } else { f64::NEG_INFINITY };
    learned.into_iter().enumerate().map(excluded).collect()
}

/// Mixes the log-odds of a binary decision with the uniform distribution; a certain decision stays certain.
pub(super) fn mixed_odds(learned: f64, epsilon: f64) -> f64 {
    if learned.is_infinite() {
        return learned;
    }
    let probability = |odds: f64| (1.0 - epsilon) / (1.0 + (-odds).exp()) + epsilon / 2.0;
    (probability(learned) / probability(-learned)).ln()
}
