//! Why a search ended without an outcome.

use crate::evaluate::EvaluateError;
use crate::generator::GeneratorError;
use crate::score::ScoreError;
use thiserror::Error;

/// Why a search ended without an outcome.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The budget exceeds what the reward source holds.
    #[error(
        "{asked} evaluations were asked for, but only {capacity} architectures can be evaluated; lower --evaluations"
    )]
    Budget {
        /// The budget.
        asked: usize,
        /// What the source holds.
        capacity: usize,
    },
    /// Not one architecture could be drawn that the source can evaluate.
    #[error("no architecture of {space} could be evaluated{why}; {remedy}")]
    Nothing {
        /// The space.
        space: String,
        /// What became of the draws, with counts.
        why: String,
        /// What to change.
        remedy: String,
    },
    /// One child after the other could not be trained.
    #[error("the last {failed} architectures got no reward, the last because: {why}")]
    Hopeless {
        /// How many.
        failed: usize,
        /// What happened to the last one.
        why: String,
    },
    /// Rewards were found, but none of the best architectures could be trained in the end.
    #[error(
        "the search is done, but none of its {tried} best architectures could be trained in the end, the last because: {why}; \
         change the section [oracle]"
    )]
    End {
        /// How many were tried.
        tried: usize,
        /// What happened to the last one.
        why: String,
    },
    /// The observer wanted it to stop.
    #[error("stopped after {done} of {asked} evaluations")]
    Stopped {
        /// Evaluations done.
        done: usize,
        /// The budget.
        asked: usize,
    },
    /// A snapshot that cannot be made, or is none of this search.
    #[error("the state of the search does not fit: {0}")]
    Snapshot(String),
    /// The reward source failed.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The generator failed.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    /// Architectures could not be scored.
    #[error("cannot score architectures: {0}")]
    Score(#[from] ScoreError),
}
