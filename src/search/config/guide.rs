//! The section `[guide]`: the surrogate guide.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[guide]`: how to choose graphs among the candidates ([`crate::search::Guide`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct GuideConfig {
    /// New graphs drawn per evaluation; 1 for no guide, as published.
    pub candidates: usize,
    /// Standard deviations added to the posterior mean (upper confidence bound); higher values explore more.
    pub confidence: f64,
    /// Kernel decay: the covariance of two graphs is exp(-decay * number of differences).
    pub decay: f64,
    /// Noise variance of the Gaussian process, relative to the variance of all rewards.
    pub noise: f64,
    /// Prior features of architectures, used with candidates above 1: none, or structure (multiply-adds, depth,
    /// shortest path, receptive field).
    pub prior: Prior,
    /// Source of candidates: generator, or mixed (a tenth from the generator, neighbours of the best graphs, uniform
    /// draws).
    pub source: CandidateSource,
}

/// Prior features of architectures in the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// No features.
    #[default]
    None,
    /// Structural measures ([`crate::score::FEATURES`]), whose weights are fitted to the rewards.
    Structure,
}

/// Source of the guide's candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateSource {
    /// Samples of the generator.
    #[default]
    Generator,
    /// A tenth from the generator, the neighbours of the best graphs so far, and uniform draws for the rest.
    Mixed,
}

impl Default for GuideConfig {
    /// The published procedure, without a guide.
    fn default() -> Self {
        Self {
            candidates: 1,
            confidence: 2.0,
            decay: 0.3,
            noise: 0.01,
            prior: Prior::None,
            source: CandidateSource::Generator,
        }
    }
}
