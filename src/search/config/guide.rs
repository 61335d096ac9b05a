//! The section `[guide]`: how to choose among drawn graphs.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[guide]`: how to choose among drawn graphs ([`crate::search::Guide`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct GuideConfig {
    /// New graphs drawn for each that is evaluated; 1 for no guide, as published.
    pub candidates: usize,
    /// Standard deviations added to the expected reward; 0 trusts the guide, more tries the unknown.
    pub confidence: f64,
    /// Two graphs are alike by exp(-decay * number of differences).
    pub decay: f64,
    /// Variance of what the process does not explain, where the variance of all rewards is 1.
    pub noise: f64,
    /// With candidates above 1, what it knows before: none, or structure (multiply-adds, depth, shortest path,
    /// receptive field).
    pub prior: Prior,
    /// What it chooses from: generator, or mixed (a tenth from the generator, neighbours of the best, uniform draws).
    pub source: CandidateSource,
}

/// What the guide knows of an architecture before it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Nothing.
    #[default]
    None,
    /// Its structural measures ([`crate::score::FEATURES`]), whose weights are learnt from the rewards.
    Structure,
}

/// What the guide chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateSource {
    /// The generator's draws.
    #[default]
    Generator,
    /// A tenth from the generator, the neighbours of the best graphs so far, and uniform draws for the rest.
    Mixed,
}

impl Default for GuideConfig {
    /// The published procedure, which has no guide.
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
