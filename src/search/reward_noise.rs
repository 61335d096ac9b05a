//! Noise of rewards between seeds, estimated from architectures that are trained twice.

use super::error::SearchError;
use super::observer::Observer;
use super::run::SearchLoop;
use super::seeds::MeanStd;
use crate::evaluate::{EvaluateError, Evaluator, Upcoming};
use crate::graph::Graph;
use crate::shown::pluralized;
use std::time::Instant;

impl SearchLoop {
    /// Estimates the noise of proxy rewards once, after the exploration and before the guide's first choice: trains the
    /// first `proxy.repeats` architectures again with another seed. Does nothing before there are `minimum`
    /// evaluations.
    pub(super) fn estimate_noise(&mut self, minimum: usize, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let repeats = self.config.proxy.repeats;
        let wanted = self.config.proxy.enabled && repeats > 0 && self.state.repeated.is_none();
        if !wanted || self.state.history.len() < minimum {
            return Ok(());
        }
        let start = Instant::now();
        let graph = |arch: &str| self.space.encode(arch).map_err(|error| SearchError::Snapshot(error.to_string()));
        let first = self.state.history.iter().take(repeats);
        let again: Result<Vec<Evaluated>, SearchError> =
            first.map(|record| Ok((graph(&record.arch)?, record.arch.clone(), record.reward))).collect();
        let again = again?;
        let result = train_again(&mut *self.evaluator, &again);
        let rewards = self.skip_failed(result)?.unwrap_or_default();
        let pairs = again.iter().zip(rewards).filter_map(|((.., first), reward)| Some([*first, reward?])).collect();
        self.state.repeated = Some(pairs);
        self.state.seconds.evaluate += start.elapsed().as_secs_f64();
        if let Some(warning) = self.noise_warning() {
            observer.warns(&format!(
                "after {}, {warning}",
                pluralized(self.state.history.len(), "evaluation", "evaluations")
            ));
        }
        Ok(())
    }

    /// Standard deviation of one architecture's rewards between seeds, in percentage points.
    pub(super) fn noise(&self) -> Option<f64> {
        noise(self.state.repeated.as_deref()?)
    }

    /// Standard deviation of the rewards of all architectures, in percentage points.
    pub(super) fn spread(&self) -> Option<f64> {
        let rewards: Vec<f64> = self.state.history.iter().map(|record| record.reward).collect();
        MeanStd::of(&rewards)?.deviation
    }

    /// Noise variance relative to the variance of all rewards, at most 1; 0 if unknown.
    pub(super) fn relative_noise(&self) -> f64 {
        match (self.noise(), self.spread()) {
            (Some(noise), Some(spread)) if spread > 0.0 => (noise / spread).powi(2).min(1.0),
            _ => 0.0,
        }
    }

    fn noise_warning(&self) -> Option<String> {
        warning(self.noise()?, self.spread()?)
    }
}

/// A graph, its text and its reward.
pub(super) type Evaluated = (Graph, String, f64);

/// Trains architectures again with another seed; returns their rewards, `None` for failed trainings.
pub(super) fn train_again(
    trainer: &mut dyn Evaluator,
    architectures: &[Evaluated],
) -> Result<Vec<Option<f64>>, EvaluateError> {
    let upcoming: Vec<_> = architectures.iter().map(|(graph, arch, _)| Upcoming { graph, arch, repeat: 1 }).collect();
    trainer.prepare(&upcoming)?;
    let again = |Upcoming { graph, arch, repeat }| match trainer.evaluate_repeat(graph, arch, repeat) {
        Ok(evaluation) => Ok(Some(evaluation.reward)),
        Err(EvaluateError::Child { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    upcoming.into_iter().map(again).collect()
}

/// Standard deviation within pairs of rewards; half the squared difference of a pair estimates the variance.
fn noise(pairs: &[[f64; 2]]) -> Option<f64> {
    let squares = pairs.iter().map(|[one, other]| (one - other).powi(2) / 2.0);
    (!pairs.is_empty()).then(|| (squares.sum::<f64>() / pairs.len() as f64).sqrt())
}

/// Returns a warning if the noise exceeds half of the spread of rewards.
pub(super) fn warning(noise: f64, spread: f64) -> Option<String> {
    (noise > spread / 2.0).then(|| {
        format!(
            "rewards barely distinguish architectures: their standard deviation is {spread:.1} points, and that of one \
             architecture between seeds is {noise:.1} points; raise proxy.steps or use more images"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{noise, warning};

    #[test]
    fn noise_is_the_standard_deviation_within_pairs() {
        // The variances within the pairs are 2, 0 and 4.
        let found = noise(&[[30.0, 32.0], [10.0, 10.0], [5.0, 5.0 + 8.0f64.sqrt()]]).unwrap();
        assert!((found - 2.0f64.sqrt()).abs() < 1e-12, "{found}");
        assert_eq!(noise(&[]), None);
    }

    #[test]
    fn a_small_spread_gives_a_warning() {
        let text = warning(1.0, 1.58).unwrap();
        assert!(text.contains("deviation is 1.6 points") && text.contains("between seeds is 1.0 points"), "{text}");
        assert_eq!(warning(1.0, 2.0), None);
    }
}
