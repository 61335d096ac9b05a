//! The input of a report.

use crate::child::Cost;
use crate::data::Fingerprint;
use crate::run::{DistributionRow, Meta, RoundRow, TrialRow};
use crate::search::{Best, Confirmation, Goal, Seconds, SharedOutcome};
use crate::space::Space;
use crate::train::ClassResults;

/// The networks with which the rewards of trials are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrialRewards {
    /// The complete networks.
    #[default]
    Complete,
    /// Networks with shared weights; the best one is trained from scratch at the end.
    Shared,
    /// Proxies: cheaper networks on smaller images; the best architecture is trained from scratch at the end.
    Proxies,
}

impl TrialRewards {
    /// Returns how a reward was measured, to be written after it; empty for complete networks.
    pub(super) fn measured(self) -> &'static str {
        match self {
            Self::Complete => "",
            Self::Shared => "with shared weights",
            Self::Proxies => "as a proxy",
        }
    }
}

/// The data of a run.
pub struct Findings<'a> {
    /// The search space.
    pub space: &'a dyn Space,
    /// Data about the run as a whole.
    pub meta: Meta,
    /// The configuration in TOML.
    pub config: String,
    /// Whether the generator has a trainable distribution.
    pub learns: bool,
    /// All trials in order, including those without a reward.
    pub trials: Vec<TrialRow>,
    /// The rounds in order.
    pub rounds: Vec<RoundRow>,
    /// The generator's distribution after some of the rounds, in order; empty for a generator without one.
    pub distributions: Vec<DistributionRow>,
    /// Whether the architectures of random exploration were selected by a score.
    pub scored_pool: bool,
    /// How the rewards of trials are measured.
    pub trial_rewards: TrialRewards,
    /// Further results of a finished run with shared weights.
    pub shared: Option<SharedOutcome>,
    /// Results of the longer training of the finalists, of a finished run with proxies.
    pub confirmation: Option<Confirmation>,
    /// Durations of a finished run; for other runs they are computed from the rounds.
    pub spent: Option<Seconds>,
    /// The cost of the best network if it is not that of a trial.
    pub best_cost: Option<Cost>,
    /// The source of the rewards.
    pub origin: Origin,
    /// Results per class of the best network on the test images, if its results were saved.
    pub classes: Option<ClassResults>,
}

/// The source of rewards.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A benchmark's table, by its file name; `None` for the built-in table.
    Table(Option<String>),
    /// Images on which networks are trained.
    Images {
        /// The folder or file, or `embedded`.
        path: String,
        /// Classes and counts; `None` before the first network was saved.
        data: Option<Box<Fingerprint>>,
    },
}

impl Findings<'_> {
    /// Iterates over trials with a reward, as (number among these trials, reward, trial).
    pub(super) fn done(&self) -> impl Iterator<Item = (usize, f64, &TrialRow)> {
        self.trials.iter().filter_map(|trial| Some((trial.evaluation?, trial.reward?, trial)))
    }

    /// Formats a reward or test value with its unit.
    pub(super) fn shown(&self, value: f64) -> String {
        self.meta.reward.shown(value)
    }

    /// Which rewards are best.
    pub(super) fn goal(&self) -> Goal {
        self.meta.reward.goal
    }

    /// Returns the trial with the best reward, the earliest in case of a tie.
    pub(super) fn best_trial(&self) -> Option<(usize, f64, &TrialRow)> {
        self.done().reduce(|best, other| if self.goal().is_better(other.1, best.1) { other } else { best })
    }

    /// Returns the best architecture of the run: the one trained from scratch at the end, if any, or that of the best
    /// trial.
    pub(super) fn winner(&self) -> Option<Best> {
        let as_best =
            |(_, reward, trial): (usize, f64, &TrialRow)| Best { arch: trial.arch.clone(), reward, test: trial.test };
        self.meta.best.clone().or_else(|| self.best_trial().map(as_best))
    }

    /// Returns the description of the rewards of trials.
    pub(super) fn reward_name(&self) -> &str {
        match self.trial_rewards {
            TrialRewards::Complete => &self.meta.reward_name,
            TrialRewards::Shared => "validation accuracy with shared weights",
            TrialRewards::Proxies => "validation accuracy of cheaper networks on smaller images",
        }
    }

    /// Returns the description of the reward of the best architecture.
    pub(super) fn winner_name(&self) -> &str {
        if self.meta.best.is_some() { &self.meta.reward_name } else { self.reward_name() }
    }

    /// Returns the durations of the run.
    pub(super) fn seconds(&self) -> Seconds {
        self.spent.unwrap_or_else(|| self.seconds_of_rounds())
    }

    fn seconds_of_rounds(&self) -> Seconds {
        self.rounds.iter().fold(Seconds::default(), |sum, round| Seconds {
            total: sum.total + round.total_seconds,
            train: sum.train + round.train_seconds,
            sample: sum.sample + round.sample_seconds,
            evaluate: sum.evaluate + round.evaluate_seconds,
        })
    }

    /// Returns the number of evaluations before a round.
    pub(super) fn evaluations_before(&self, round: u64) -> usize {
        self.rounds.iter().take_while(|one| one.round < round).last().map_or(0, |one| one.evaluations)
    }
}
