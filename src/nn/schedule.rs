//! Learning-rate schedules.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The decay of a learning rate. Times and durations are in steps or epochs, as the caller chooses, and may be
/// fractional.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum Schedule {
    /// No decay.
    Constant,
    /// Multiplies the rate by `factor` at intervals of `every`.
    Step {
        /// The interval.
        every: f64,
        /// The factor.
        factor: f64,
    },
    /// Half a cosine from the highest rate to `end` within `over`, then constant.
    Cosine {
        /// The duration.
        over: f64,
        /// The lowest rate.
        #[serde(default)]
        end: f64,
    },
    /// Cosine decay with warm restarts (Loshchilov and Hutter 2017): the first cycle takes `first`, each next one
    /// `multiple` times as long.
    Restarts {
        /// Duration of the first cycle, T_0.
        first: f64,
        /// Ratio of the durations of two successive cycles, T_mul.
        #[serde(default = "one")]
        multiple: u32,
        /// The lowest rate.
        #[serde(default)]
        end: f64,
    },
}

fn one() -> u32 {
    1
}

/// A highest learning rate, a linear warm-up to it from zero, and a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearningRate {
    /// The highest rate.
    pub rate: f64,
    /// Duration of the warm-up; the schedule begins after it.
    #[serde(default)]
    pub warmup: f64,
    /// The decay after the warm-up.
    pub schedule: Schedule,
}

impl LearningRate {
    /// Returns the rate at a time from 0 on. The settings must be valid ([`LearningRate::problem`] returns `None`).
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        if time < self.warmup {
            return self.rate * time / self.warmup;
        }
        let time = time - self.warmup;
        match self.schedule {
            Schedule::Constant => self.rate,
            Schedule::Step { every, factor } => self.rate * factor.powf((time / every).floor()),
            Schedule::Cosine { over, end } => self.cosine(time / over, end),
            Schedule::Restarts { first, multiple, end } => self.cosine(since_restart(time, first, multiple), end),
        }
    }

    /// Returns the problem of invalid settings, or `None` if they are valid.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let duration = match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Step { every, .. } => every,
            Schedule::Cosine { over, .. } => over,
            Schedule::Restarts { first, .. } => first,
        };
        if !(self.rate.is_finite() && self.rate >= 0.0 && self.warmup.is_finite() && self.warmup >= 0.0) {
            return Some("a learning rate and its warm-up must be finite and not negative");
        }
        (!(duration.is_finite() && duration > 0.0))
            .then_some("the durations of a learning rate's schedule must be finite and positive")
    }

    /// Returns the rate after a fraction of half a cosine.
    fn cosine(&self, fraction: f64, end: f64) -> f64 {
        end + (self.rate - end) * (1.0 + (PI * fraction.clamp(0.0, 1.0)).cos()) / 2.0
    }
}

/// Returns the elapsed fraction of the cycle at `time`.
fn since_restart(mut time: f64, first: f64, multiple: u32) -> f64 {
    if multiple < 2 {
        return time.rem_euclid(first) / first;
    }
    let mut length = first;
    // With a length of zero the loop would not terminate.
    while time >= length && length > 0.0 {
        time -= length;
        length *= f64::from(multiple);
    }
    time / length
}

#[cfg(test)]
mod tests {
    use super::{LearningRate, Schedule};

    fn rates(warmup: f64, schedule: Schedule, times: &[f64]) -> Vec<f64> {
        let rate = LearningRate { rate: 0.5, warmup, schedule };
        times.iter().map(|time| (rate.at(*time) * 1e6).round() / 1e6).collect()
    }

    #[test]
    fn rates_warm_up_and_decay() {
        assert_eq!(rates(4.0, Schedule::Constant, &[0.0, 1.0, 4.0, 1e9]), [0.0, 0.125, 0.5, 0.5]);
        let step = Schedule::Step { every: 10.0, factor: 0.1 };
        assert_eq!(rates(0.0, step, &[0.0, 9.0, 10.0, 25.0]), [0.5, 0.5, 0.05, 0.005]);
        let cosine = Schedule::Cosine { over: 100.0, end: 0.1 };
        assert_eq!(rates(10.0, cosine, &[5.0, 10.0, 60.0, 110.0, 500.0]), [0.25, 0.5, 0.3, 0.1, 0.1]);
    }

    /// ENAS: restarts after 10, 30 and 70 epochs (docs/method.md section 5).
    #[test]
    fn cosine_cycles_restart() {
        let restarts = Schedule::Restarts { first: 10.0, multiple: 2, end: 0.0 };
        let times = [0.0, 5.0, 10.0, 20.0, 30.0, 50.0, 70.0, f64::INFINITY];
        assert_eq!(rates(0.0, restarts, &times)[..7], [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5]);
        let same = Schedule::Restarts { first: 10.0, multiple: 1, end: 0.0 };
        assert_eq!(rates(0.0, same, &[5.0, 10.0, 35.0, 1e12 + 5.0]), [0.25, 0.5, 0.25, 0.25]);
        let never = Schedule::Restarts { first: 0.0, multiple: 2, end: 0.0 };
        assert_eq!(rates(0.0, never, &[1.0]), [0.0]);
    }

    #[test]
    fn learning_rates_are_parsed_from_toml() {
        let text = "rate = 0.05\nschedule = { name = \"restarts\", first = 10.0, multiple = 2, end = 0.001 }\n";
        let rate: LearningRate = toml::from_str(text).unwrap();
        let schedule = Schedule::Restarts { first: 10.0, multiple: 2, end: 0.001 };
        assert_eq!(rate, LearningRate { rate: 0.05, warmup: 0.0, schedule });
        assert_eq!(rate.problem(), None);
        let endless = Schedule::Cosine { over: 0.0, end: 0.0 };
        assert!(LearningRate { schedule: endless, ..rate }.problem().is_some());
        assert!(LearningRate { warmup: f64::NAN, ..rate }.problem().is_some());
        assert!(toml::from_str::<LearningRate>("rate = 1.0\nschedule = { name = \"cosine\", ovr = 1.0 }").is_err());
    }
}
