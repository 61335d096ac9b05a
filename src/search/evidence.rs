//! What a search with cheap rewards learns from: rewards and scores together.

use super::error::SearchError;
use super::run::SearchLoop;
use std::collections::HashMap;

impl SearchLoop {
    /// Gives the replay set what scores and rewards together tell of every graph, in place of rewards from proxies: these alone
    /// would lead the search to whatever learns fast. Elsewhere the replay set keeps its rewards.
    pub(super) fn weigh(&mut self) -> Result<(), SearchError> {
        if !self.config.proxy.enabled || self.scorer.is_none() {
            return Ok(());
        }
        let evidence = self.evidence()?;
        // By text: several graphs can mean an architecture.
        self.state.replay.rescore(usize::MAX, |graph| {
            let arch = self.space.decode(graph).unwrap_or_default();
            Ok(evidence.get(&arch).copied().unwrap_or(f64::NEG_INFINITY))
        })
    }

    /// What scores and rewards together tell of every evaluated architecture, by its text.
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
