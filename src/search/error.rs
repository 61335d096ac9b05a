//! Errors of a search.

use crate::evaluate::EvaluateError;
use crate::generator::GeneratorError;
use crate::score::ScoreError;
use thiserror::Error;

/// Why a search ended without an outcome.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The budget exceeds the capacity of the reward source.
    #[error("{asked} evaluations requested, but only {capacity} architectures can be evaluated; lower --evaluations")]
    Budget {
        /// The budget.
        asked: usize,
        /// Number of architectures that the source can evaluate.
        capacity: usize,
    },
    /// No drawn architecture could be evaluated.
    #[error("no architecture of {space} could be evaluated{why}; {remedy}")]
    Nothing {
        /// The space.
        space: String,
        /// Numbers of rejected graphs by reason.
        why: String,
        /// The suggested change.
        remedy: String,
    },
    /// Too many consecutive evaluations failed.
    #[error("the evaluations of the last {failed} architectures failed; the reason of the last failure: {why}")]
    Hopeless {
        /// Number of consecutive failures.
        failed: usize,
        /// Reason of the last failure.
        why: String,
    },
    /// The search found rewards, but the final training of its best architectures failed.
    #[error(
        "the search finished, but the final training failed for all of its {tried} best architectures; the reason of \
         the last failure: {why}; change the section [oracle]"
    )]
    End {
        /// Number of failed trainings.
        tried: usize,
        /// Reason of the last failure.
        why: String,
    },
    /// The observer stopped the search.
    #[error("stopped after {done} of {asked} evaluations")]
    Stopped {
        /// Completed evaluations.
        done: usize,
        /// The budget.
        asked: usize,
    },
    /// A snapshot that cannot be created or does not match this search.
    #[error("the saved state does not match the search: {0}")]
    Snapshot(String),
    /// The reward source failed.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The generator failed.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    /// Scoring failed.
    #[error("cannot score architectures: {0}")]
    Score(#[from] ScoreError),
}
