//! The section `[explore]`: when architectures come from a fixed distribution.

use super::pool_score::PoolScore;
use super::schedule::ExploreSchedule;
use crate::space::Explorer;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[explore]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ExploreConfig {
    /// Probability of exploring by round: none, constant, harmonic, exponential or first.
    pub schedule: ExploreSchedule,
    /// The probability for constant, the number of rounds for first; unused by the others.
    pub value: f64,
    /// The distribution: uniform, erdos-renyi:P, erdos-renyi:FROM..TO (a P a graph), sized-erdos-renyi:FROM..TO:P (a
    /// number of nodes a graph), watts-strogatz:NEIGHBOURS:P or barabasi-albert:EDGES.
    pub explorer: Explorer,
    /// Graphs drawn in the beginning, of which those with the highest score are explored; 0 explores each that is
    /// drawn.
    pub pool: usize,
    /// The score of these graphs, and of the generator score: auto (combined), none, or one that `graphpnas score`
    /// has.
    pub score: PoolScore,
    /// Whether the generator learns the best tenth of the pool first, which evaluated graphs then replace one by one.
    pub warm_start: bool,
}

impl Default for ExploreConfig {
    fn default() -> Self {
        Self {
            schedule: ExploreSchedule::First,
            value: 20.0,
            explorer: Explorer::Uniform,
            pool: 0,
            score: PoolScore::Auto,
            warm_start: false,
        }
    }
}

impl ExploreConfig {
    /// Graphs that are drawn to explore those with the highest score; 0 where nothing is scored.
    #[must_use]
    pub fn scored_pool(&self) -> usize {
        if self.score == PoolScore::None { 0 } else { self.pool }
    }
}
