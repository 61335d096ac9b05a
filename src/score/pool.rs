//! Ranks a pool of architectures by a score.

use super::combined::combine;
use super::measure::Measure;
use super::prior::scored_network_size;
use super::scorer::{ScoreError, Scorer, Scores, add_combined, parts};
use crate::graph::Graph;
use crate::network::Task;
use crate::parallel;
use crate::space::Space;
use std::collections::HashMap;
use std::sync::Arc;

/// Ranks architectures of a space by one score.
pub struct PoolScorer {
    space: Arc<dyn Space>,
    task: Task,
    measure: Measure,
    scorer: Scorer,
    /// The component scores of evaluated graphs.
    known: HashMap<Graph, Scores>,
}

impl PoolScorer {
    /// Creates a pool scorer by `measure`, computed by `scorer` on networks of the task in [`scored_network_size`].
    #[must_use]
    pub fn new(space: Arc<dyn Space>, task: Task, measure: Measure, scorer: Scorer) -> Self {
        Self { space, task, measure, scorer, known: HashMap::new() }
    }

    /// Combines scores and rewards of evaluated graphs: the sum of the logarithms of their ranks by this score, by
    /// multiply-adds and, counted twice, by reward ([`combine`]). Short trainings favour networks that train fast, and
    /// scores favour large networks; networks that rank high in all of them are rarely poor.
    ///
    /// # Errors
    /// As [`PoolScorer::best_first`].
    pub fn evidence(&mut self, graphs: &[Graph], rewards: &[f64]) -> Result<Vec<f64>, ScoreError> {
        let fresh: Vec<&Graph> = graphs.iter().filter(|graph| !self.known.contains_key(*graph)).collect();
        let measured = self.scores(fresh.len(), |index| fresh[index], &parts(&[self.measure, Measure::Macs]))?;
        self.known.extend(fresh.into_iter().cloned().zip(measured));
        let mut all: Vec<Scores> =
            graphs.iter().map(|graph| self.known.get(graph).cloned().unwrap_or_default()).collect();
        if self.measure == Measure::Combined {
            add_combined(&mut all);
        }
        let values =
            |measure: Measure| all.iter().map(|scores| scores.get(&measure).copied().unwrap_or(f64::NAN)).collect();
        Ok(combine(&[values(self.measure), values(Measure::Macs), rewards.to_vec(), rewards.to_vec()]))
    }

    fn scores<'a>(
        &self,
        count: usize,
        graph: impl Fn(usize) -> &'a Graph + Sync,
        measures: &[Measure],
    ) -> Result<Vec<Scores>, ScoreError> {
        let threads = parallel::cores();
        let size = |depth| scored_network_size(&*self.space, depth);
        let network = |index: usize, depth| self.space.network(graph(index), self.task, size(depth)).ok();
        self.scorer.score_all(count, threads, measures, network, || ())
    }

    /// Sorts the graphs by descending score (stable); graphs without a network are last.
    ///
    /// # Errors
    /// A network that does not take the scorer's images, or a failing device.
    pub fn best_first(&self, graphs: Vec<Graph>) -> Result<Vec<Graph>, ScoreError> {
        let scores = self.scores(graphs.len(), |index| &graphs[index], &[self.measure])?;
        let score = |index: &usize| scores[*index].get(&self.measure).copied().unwrap_or(f64::NEG_INFINITY);
        let mut order: Vec<usize> = (0..graphs.len()).collect();
        order.sort_by(|one, other| score(other).total_cmp(&score(one)));
        Ok(order.into_iter().map(|index| graphs[index].clone()).collect())
    }
}
