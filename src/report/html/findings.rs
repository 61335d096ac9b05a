//! What a report is made of.

use crate::child::Cost;
use crate::data::Fingerprint;
use crate::run::{DistributionRow, Meta, RoundRow, TrialRow};
use crate::search::{Best, Confirmation, Seconds, SharedOutcome};
use crate::space::Space;
use crate::train::ClassResults;

/// What the rewards of trials are measured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrialRewards {
    /// The networks that the search is about.
    #[default]
    Whole,
    /// Networks that share their weights; the best one is then trained from scratch in the end.
    Shared,
    /// Cheaper networks on smaller images; the best architecture is then trained in the end.
    Proxies,
}

impl TrialRewards {
    /// Words to put behind a reward.
    pub(super) fn measured(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Shared => "with shared weights",
            Self::Proxies => "as a proxy",
        }
    }
}

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
    /// Whether what the explorer drew was chosen by a score.
    pub scored_pool: bool,
    /// What the rewards of trials are measured with.
    pub trial_rewards: TrialRewards,
    /// What shared weights told besides, of a run that is over.
    pub shared: Option<SharedOutcome>,
    /// What training the best few again told, of a run with proxies that is over.
    pub confirmation: Option<Confirmation>,
    /// Where the time of a run went that is over; of others the rounds say it.
    pub spent: Option<Seconds>,
    /// The cost of the best network where it is that of no trial.
    pub best_cost: Option<Cost>,
    /// Where the rewards come from.
    pub origin: Origin,
    /// What the best network makes of the test images, where a network was trained and that was kept.
    pub classes: Option<ClassResults>,
}

/// Where rewards come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A benchmark's table, by the name of its file; none for the one that is built in.
    Table(Option<String>),
    /// Images that networks are trained on: their path, and what is known of them once a network was kept.
    Images {
        /// The folder or file, or `embedded`.
        path: String,
        /// Classes and counts.
        data: Option<Box<Fingerprint>>,
    },
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

    /// What the rewards of trials measure.
    pub(super) fn reward_name(&self) -> &str {
        match self.trial_rewards {
            TrialRewards::Whole => &self.meta.reward_name,
            TrialRewards::Shared => "validation accuracy with shared weights",
            TrialRewards::Proxies => "validation accuracy of cheaper networks on smaller images",
        }
    }

    /// What the reward of the best architecture measures.
    pub(super) fn winner_name(&self) -> &str {
        if self.meta.best.is_some() { &self.meta.reward_name } else { self.reward_name() }
    }

    /// Where the time went.
    pub(super) fn seconds(&self) -> Seconds {
        self.spent.unwrap_or_else(|| self.of_rounds())
    }

    fn of_rounds(&self) -> Seconds {
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
