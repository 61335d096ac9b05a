//! From the logits of a decision to the probabilities it is drawn with.

use super::drawn::log_softmax;

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
    /// What was learned, as it is (METHOD section 2).
    pub const NONE: Self = Self { temperature: 1.0, uniform: 0.0 };

    /// log p of every choice.
    pub(super) fn choice(self, logits: &[f32]) -> Vec<f64> {
        let learned = log_softmax(logits.iter().map(|logit| f64::from(*logit) / self.temperature).collect());
        if self.uniform == 0.0 {
            return learned;
        }
        let share = self.uniform / learned.len() as f64;
        learned.into_iter().map(|log| ((1.0 - self.uniform) * log.exp() + share).ln()).collect()
    }

    /// The log-odds of a decision with two choices, from its logit.
    pub(super) fn odds(self, logit: f32) -> f64 {
        let learned = f64::from(logit) / self.temperature;
        if self.uniform == 0.0 {
            return learned;
        }
        let half = self.uniform / 2.0;
        let share = |logit: f64| (1.0 - self.uniform) / (1.0 + (-logit).exp()) + half;
        (share(learned) / share(-learned)).ln()
    }
}
