//! What a search with cheap rewards learns from: rewards and scores together.

use super::error::SearchError;
use super::outcome::Record;
use super::run::Search;
use std::collections::HashMap;

impl Search {
    /// Gives the replay set what scores and rewards together tell of every graph, in place of rewards from proxies: these alone
    /// would lead the search to whatever learns fast. Elsewhere the replay set keeps its rewards.
    pub(super) fn weigh(&mut self) -> Result<(), SearchError> {
        if !self.config.proxy.enabled || self.scorer.is_none() {
            return Ok(());
        }
        let evidence = self.evidence(|record| record.reward)?;
        // By text: several graphs can mean an architecture.
        self.course.replay.rescore(usize::MAX, |graph| {
            let arch = self.space.decode(graph).unwrap_or_default();
            Ok(evidence.get(&arch).copied().unwrap_or(f64::NEG_INFINITY))
        })
    }

    /// What is known of every evaluated architecture, by its text: scores and rewards together or, without scores, its reward.
    pub(super) fn evidence(&mut self, reward: impl Fn(&Record) -> f64) -> Result<HashMap<String, f64>, SearchError> {
        let history = &self.course.history;
        let rewards: Vec<f64> = history.iter().map(reward).collect();
        let evidence = match &mut self.scorer {
            Some(scorer) => {
                let graphs: Result<Vec<_>, _> = history.iter().map(|record| self.space.encode(&record.arch)).collect();
                scorer.evidence(&graphs.map_err(|error| SearchError::Snapshot(error.to_string()))?, &rewards)?
            }
            None => rewards,
        };
        Ok(history.iter().map(|record| record.arch.clone()).zip(evidence).collect())
    }
}
