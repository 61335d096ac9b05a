//! What a report is made of.

use crate::graph::Graph;
use crate::search::{Best, Distribution, Rejected, Seconds, SharedOutcome};
use crate::space::Space;

/// All that is known of a run.
pub struct Findings<'a> {
    /// Its space.
    pub space: &'a dyn Space,
    /// The run as a whole.
    pub about: About,
    /// Its evaluations in order, those without a reward included.
    pub trials: Vec<Trial>,
    /// Its rounds in order.
    pub rounds: Vec<Round>,
    /// The generator's distribution after some of the rounds, in order; empty where it learns none.
    pub looks: Vec<Look>,
    /// The best architecture where that is not a trial's, as with shared weights, where it is trained from scratch in the end.
    pub best: Option<Best>,
    /// What shared weights told besides.
    pub shared: Option<SharedOutcome>,
}

/// A run as a whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// Search space.
    pub space: String,
    /// Dataset of the rewards.
    pub dataset: String,
    /// Generator that proposes.
    pub generator: String,
    /// Whether that generator learns a distribution.
    pub learns: bool,
    /// Device it ran on.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Budget: distinct architectures to evaluate.
    pub evaluations: usize,
    /// What the reward measures.
    pub reward_name: String,
    /// What the test figure measures.
    pub test_name: String,
    /// The best reward there is, where that is known.
    pub optimum: Option<f64>,
    /// `running`, `stopped`, `failed` or `finished`.
    pub status: String,
    /// Version of the program.
    pub version: String,
    /// The command line that began it.
    pub command: String,
    /// The network that costs are of, in words.
    pub network: String,
    /// The configuration as a file.
    pub config: String,
    /// Draws of the run that were not evaluated, by reason.
    pub rejected: Rejected,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number, from 1, of all that were begun.
    pub number: usize,
    /// Its number among those with a reward, from 1.
    pub evaluation: Option<usize>,
    /// Whether the explorer proposed it.
    pub explored: bool,
    /// The architecture's text.
    pub arch: String,
    /// The key that all graphs of the architecture have.
    pub key: String,
    /// Its graph.
    pub graph: Graph,
    /// Validation accuracy in percent.
    pub reward: Option<f64>,
    /// Test accuracy in percent.
    pub test: Option<f64>,
    /// Parameters of its network.
    pub parameters: Option<u64>,
    /// Multiply-adds of its network for one image.
    pub multiply_adds: Option<u64>,
    /// Why it got no reward; none too for one that has not ended.
    pub error: Option<String>,
}

/// One round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Its number, from 0.
    pub number: u64,
    /// The probability of exploring that it had.
    pub probability: f64,
    /// Loss of the last step of the lesson before it; none without a lesson.
    pub loss: Option<f64>,
    /// Its own seconds.
    pub seconds: Seconds,
    /// Evaluations of the run after it.
    pub evaluations: usize,
}

/// The generator's distribution before a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The round, from 0; the one after the last for the generator as the search left it.
    pub round: u64,
    /// What draws told of it.
    pub distribution: Distribution,
}

impl Findings<'_> {
    /// Trials with their number among those with a reward, and the reward.
    pub(super) fn done(&self) -> impl Iterator<Item = (usize, f64, &Trial)> {
        self.trials.iter().filter_map(|trial| Some((trial.evaluation?, trial.reward?, trial)))
    }

    /// The trial with the highest reward, the earlier one of equals.
    pub(super) fn best_trial(&self) -> Option<(usize, f64, &Trial)> {
        self.done().reduce(|best, other| if other.1 > best.1 { other } else { best })
    }

    /// The best architecture of the run: of the end, where there was one of its own, or of the trials.
    pub(super) fn winner(&self) -> Option<Best> {
        let of_trial =
            |(_, reward, trial): (usize, f64, &Trial)| Best { arch: trial.arch.clone(), reward, test: trial.test };
        self.best.clone().or_else(|| self.best_trial().map(of_trial))
    }

    /// Seconds of all rounds.
    pub(super) fn seconds(&self) -> Seconds {
        self.rounds.iter().fold(Seconds::default(), |sum, round| Seconds {
            total: sum.total + round.seconds.total,
            train: sum.train + round.seconds.train,
            sample: sum.sample + round.seconds.sample,
            evaluate: sum.evaluate + round.seconds.evaluate,
        })
    }

    /// Evaluations of the run before a round.
    pub(super) fn evaluations_before(&self, round: u64) -> usize {
        self.rounds.iter().take_while(|one| one.number < round).last().map_or(0, |one| one.evaluations)
    }
}
