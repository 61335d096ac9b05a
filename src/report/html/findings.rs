//! What a report is made of.

use crate::run::{DistributionRow, Meta, RoundRow, TrialRow};
use crate::search::{Best, Seconds, SharedOutcome};
use crate::space::Space;

/// All that is known of a run.
pub struct Findings<'a> {
    /// Its space.
    pub space: &'a dyn Space,
    /// The run as a whole.
    pub meta: Meta,
    /// Its configuration as a file.
    pub config: String,
    /// Whether its generator learns a distribution.
    pub learns: bool,
    /// Its evaluations in order, those without a reward included.
    pub trials: Vec<TrialRow>,
    /// Its rounds in order.
    pub rounds: Vec<RoundRow>,
    /// The generator's distribution after some of the rounds, in order; empty where it learns none.
    pub looks: Vec<DistributionRow>,
    /// What shared weights told besides.
    pub shared: Option<SharedOutcome>,
}

impl Findings<'_> {
    /// Trials with their number among those with a reward, and the reward.
    pub(super) fn done(&self) -> impl Iterator<Item = (usize, f64, &TrialRow)> {
        self.trials.iter().filter_map(|trial| Some((trial.evaluation?, trial.reward?, trial)))
    }

    /// The trial with the highest reward, the earlier one of equals.
    pub(super) fn best_trial(&self) -> Option<(usize, f64, &TrialRow)> {
        self.done().reduce(|best, other| if other.1 > best.1 { other } else { best })
    }

    /// The best architecture of the run: of the end, where there was one of its own, or of the trials.
    pub(super) fn winner(&self) -> Option<Best> {
        let of_trial =
            |(_, reward, trial): (usize, f64, &TrialRow)| Best { arch: trial.arch.clone(), reward, test: trial.test };
        self.meta.best.clone().or_else(|| self.best_trial().map(of_trial))
    }

    /// Seconds of all rounds.
    pub(super) fn seconds(&self) -> Seconds {
        self.rounds.iter().fold(Seconds::default(), |sum, round| Seconds {
            total: sum.total + round.total_seconds,
            train: sum.train + round.train_seconds,
            sample: sum.sample + round.sample_seconds,
            evaluate: sum.evaluate + round.evaluate_seconds,
        })
    }

    /// Evaluations of the run before a round.
    pub(super) fn evaluations_before(&self, round: u64) -> usize {
        self.rounds.iter().take_while(|one| one.round < round).last().map_or(0, |one| one.evaluations)
    }
}
