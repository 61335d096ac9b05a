//! The section `[limits]`: cost limits of architectures.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[limits]`: architectures over a limit are rejected before the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Maximum parameters; 0 for no limit.
    pub max_params: u64,
    /// Maximum multiply-adds per image; 0 for no limit.
    pub max_macs: u64,
    /// Maximum peak memory of a training step in bytes; 0 for no limit.
    pub max_memory: u64,
}

impl LimitsConfig {
    /// Returns the keys of the limits that are set.
    #[must_use]
    pub fn keys(&self) -> Vec<&'static str> {
        let all = [
            ("limits.max_params", self.max_params),
            ("limits.max_macs", self.max_macs),
            ("limits.max_memory", self.max_memory),
        ];
        all.into_iter().filter(|(_, limit)| *limit > 0).map(|(key, _)| key).collect()
    }
}
