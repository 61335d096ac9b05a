//! Exploration schedules: the probability that a round draws from the random policy instead of the generator.

use serde::{Deserialize, Serialize};

/// An exploration schedule (docs/method.md section 3); rounds r count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExploreSchedule {
    /// 0.
    None,
    /// A constant.
    Constant,
    /// 2 / (r + 2).
    Harmonic,
    /// 2^(-r / 2).
    Exponential,
    /// 1 in the first rounds, then 0.
    First,
}

impl ExploreSchedule {
    /// Returns the exploration probability of `round`; `value` is the probability of `Constant` and the number of
    /// rounds of `First`.
    pub fn probability(self, value: f64, round: u64) -> f64 {
        let r = round as f64;
        match self {
            Self::None => 0.0,
            Self::Constant => value,
            Self::Harmonic => 2.0 / (r + 2.0),
            Self::Exponential => (-r / 2.0).exp2(),
            Self::First => f64::from(u8::from(r < value)),
        }
    }

    /// Returns the requirement on `value`, if the given value does not meet it.
    pub(super) fn problem(self, value: f64) -> Option<&'static str> {
        match self {
            Self::Constant if !(0.0..=1.0).contains(&value) => {
                Some("must be a probability from 0 to 1 with schedule \"constant\"")
            }
            Self::First if value < 0.0 || value.fract() != 0.0 || !value.is_finite() => {
                Some("must be an integer number of rounds with schedule \"first\"")
            }
            _ => None,
        }
    }
}
