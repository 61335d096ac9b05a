//! The section `[explore]`: exploration with a fixed random distribution.

use super::pool_score::PoolScore;
use super::schedule::ExploreSchedule;
use crate::space::Explorer;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[explore]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ExploreConfig {
    /// Exploration probability in round r: none, constant (value), harmonic (2 / (r + 2)), exponential (2^(-r / 2)) or
    /// first (1 in the first value rounds, then 0).
    pub schedule: ExploreSchedule,
    /// constant: the probability; first: the number of rounds; unused by the other schedules.
    pub value: f64,
    /// Random distribution: uniform, erdos-renyi:P, erdos-renyi:FROM..TO (one P per graph),
    /// sized-erdos-renyi:FROM..TO:P (one number of nodes per graph), watts-strogatz:NEIGHBOURS:P or
    /// barabasi-albert:EDGES.
    pub explorer: Explorer,
    /// Graphs drawn at the start, of which those with the highest scores are explored; 0 explores graphs as they are
    /// drawn.
    pub pool: usize,
    /// Training-free score of the pool and of the generator score: auto (combined), none, or a score of the command
    /// `graphpnas score`.
    pub score: PoolScore,
    /// Whether the generator is first trained on the best tenth of the pool; each evaluated graph then replaces one of
    /// them.
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
    /// Size of the scored pool; 0 if nothing is scored.
    #[must_use]
    pub fn scored_pool(&self) -> usize {
        if self.score == PoolScore::None { 0 } else { self.pool }
    }
}
