//! Replay rewards of a search with proxies: rewards and training-free scores combined.

use super::error::SearchError;
use super::run::SearchLoop;
use std::collections::HashMap;

impl SearchLoop {
    /// Replaces the proxy rewards in the replay set by the combination of scores and rewards, because proxy rewards
    /// alone favour architectures that train fast. Does nothing in other searches.
    pub(super) fn rescore_replay(&mut self) -> Result<(), SearchError> {
        if !self.config.proxy.enabled || self.scorer.is_none() {
            return Ok(());
        }
        let evidence = self.evidence()?;
        // By text, because several graphs can represent the same architecture.
        self.state.replay.rescore(usize::MAX, |graph| {
            let arch = self.space.decode(graph).unwrap_or_default();
            Ok(evidence.get(&arch).copied().unwrap_or(f64::NEG_INFINITY))
        })
    }

    /// Returns the combination of score and reward of every evaluated architecture, by its text.
    fn evidence(&mut self) -> Result<HashMap<String, f64>, SearchError> {
        let history = &self.state.history;
        let rewards: Vec<f64> = history.iter().map(|record| record.reward).collect();
        let Some(scorer) = &mut self.scorer else { return Ok(HashMap::new()) };
        let graphs: Result<Vec<_>, _> = history.iter().map(|record| self.space.encode(&record.arch)).collect();
        let graphs = graphs.map_err(|error| SearchError::Snapshot(error.to_string()))?;
        let evidence = scorer.evidence(&graphs, &rewards)?;
        Ok(history.iter().map(|record| record.arch.clone()).zip(evidence).collect())
    }
}
