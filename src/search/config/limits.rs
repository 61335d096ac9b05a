//! The section `[limits]`: what an architecture may cost.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[limits]`: architectures that cost more are rejected unseen; 0 stands for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Parameters.
    pub max_params: u64,
    /// Multiply-adds of one image.
    pub max_macs: u64,
    /// Bytes of memory of a training step at its peak.
    pub max_memory: u64,
}

impl LimitsConfig {
    /// The keys of the limits that are set.
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
