//! What a search with cheap rewards learns from: rewards and scores together.

use super::error::SearchError;
use super::run::Search;
use crate::graph::Graph;
use std::collections::HashMap;

impl Search {
    /// Gives the replay set what scores and rewards together tell of every graph, in place of rewards from proxies: these alone
    /// would lead the search to whatever learns fast. Elsewhere the replay set keeps its rewards.
    pub(super) fn weigh(&mut self) -> Result<(), SearchError> {
        let Some(scorer) = self.scorer.as_ref().filter(|_| self.config.proxy.enabled) else { return Ok(()) };
        let (graphs, rewards) = self.evaluated();
        let evidence = scorer.evidence(&graphs, &rewards)?;
        let known: HashMap<&Graph, f64> = graphs.iter().zip(evidence).collect();
        self.course.replay.rescore(usize::MAX, |graph| Ok(known.get(graph).copied().unwrap_or(f64::NEG_INFINITY)))
    }

    /// The evaluated graphs in order, with their rewards.
    pub(super) fn evaluated(&self) -> (Vec<Graph>, Vec<f64>) {
        let graph = |arch: &str| self.space.encode(arch).ok();
        self.course.history.iter().filter_map(|record| Some((graph(&record.arch)?, record.reward))).unzip()
    }
}
