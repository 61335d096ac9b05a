//! How a generator draws from the distribution that it has learned.

/// p = (1 - epsilon) softmax(logits / temperature) + epsilon / choices.
///
/// A temperature flattens undecided choices most. The uniform part is for decided ones: each of the other choices is tried
/// while all other decisions are drawn as learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SamplingPolicy {
    /// Divides all logits, above 0.
    pub temperature: f64,
    /// The probability that a decision about an edge or a label is drawn uniformly, from 0 to 1.
    pub epsilon: f64,
}

impl SamplingPolicy {
    /// The learned distribution, unchanged (docs/method.md section 2).
    pub const LEARNED: Self = Self::at(1.0);

    /// The learned distribution at a temperature.
    #[must_use]
    pub const fn at(temperature: f64) -> Self {
        Self { temperature, epsilon: 0.0 }
    }
}

/// log p of every choice of a decision after mixing with the uniform distribution.
pub(super) fn mixed(learned: Vec<f64>, epsilon: f64) -> Vec<f64> {
    if epsilon == 0.0 {
        return learned;
    }
    let uniform = epsilon / learned.len() as f64;
    learned.into_iter().map(|log| ((1.0 - epsilon) * log.exp() + uniform).ln()).collect()
}

/// The same for the log-odds of a decision with two choices.
pub(super) fn mixed_odds(learned: f64, epsilon: f64) -> f64 {
    let probability = |odds: f64| (1.0 - epsilon) / (1.0 + (-odds).exp()) + epsilon / 2.0;
    (probability(learned) / probability(-learned)).ln()
}
