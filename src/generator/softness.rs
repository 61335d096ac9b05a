//! How much flatter draws are than what was learned.

/// How much flatter draws are than what was learned: p = (1 - uniform) softmax(logits / temperature) + uniform / choices.
///
/// A temperature flattens the more the less a decision is settled. The uniform part is for settled decisions: each of the
/// other choices is tried beside all that was learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Softness {
    /// Divides all logits, above 0.
    pub temperature: f64,
    /// The probability that a decision about an edge or a label is taken uniformly, from 0 to 1.
    pub uniform: f64,
}

impl Softness {
    /// What was learned, as it is (docs/method.md section 2).
    pub const NONE: Self = Self::at(1.0);

    /// All that was learned, at a temperature.
    #[must_use]
    pub const fn at(temperature: f64) -> Self {
        Self { temperature, uniform: 0.0 }
    }
}

/// log p of every choice of a decision, a part of which is uniform.
pub(super) fn loosened(learned: Vec<f64>, uniform: f64) -> Vec<f64> {
    if uniform == 0.0 {
        return learned;
    }
    let share = uniform / learned.len() as f64;
    learned.into_iter().map(|log| ((1.0 - uniform) * log.exp() + share).ln()).collect()
}

/// The same for the log-odds of a decision with two choices.
pub(super) fn loosened_odds(learned: f64, uniform: f64) -> f64 {
    let share = |odds: f64| (1.0 - uniform) / (1.0 + (-odds).exp()) + uniform / 2.0;
    (share(learned) / share(-learned)).ln()
}
