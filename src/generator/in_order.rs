//! Proposes graphs of a list, one after the other: baselines that evaluate the largest networks, or those with the highest
//! score, first.

use super::registry::graph_bytes;
use super::{Generator, GeneratorError, GeneratorKind, GeneratorMemory, Order, Proposal, Setup, State};
use crate::graph::Graph;
use std::sync::Arc;

/// The registry's entry for the networks with the most multiply-adds.
pub(super) const LARGEST: GeneratorKind = GeneratorKind {
    name: "largest",
    learned: false,
    order: Some(Order::Size),
    build: |setup, _| Ok(Box::new(InOrder::new(LARGEST.name, setup.list))),
    memory,
};

/// The registry's entry for the networks with the highest score.
pub(super) const HIGHEST_SCORE: GeneratorKind = GeneratorKind {
    name: "score",
    order: Some(Order::Score),
    build: |setup, _| Ok(Box::new(InOrder::new(HIGHEST_SCORE.name, setup.list))),
    ..LARGEST
};

/// Graphs that are listed for each evaluation of the budget: more than one, because a table may lack some and limits may
/// reject some.
pub const LISTED_EACH: usize = 20;

/// The list, twice while it is put in order.
fn memory(setup: &Setup<'_>) -> Result<GeneratorMemory, GeneratorError> {
    let listed = (setup.evaluations as u64).saturating_mul(2 * LISTED_EACH as u64);
    Ok(GeneratorMemory { bytes: graph_bytes(&**setup.space).saturating_mul(listed), keys: "evaluations" })
}

/// A generator that learns nothing and proposes the graphs of a list in its order.
pub struct InOrder {
    name: &'static str,
    graphs: Arc<Vec<Graph>>,
    next: usize,
}

impl InOrder {
    /// A generator of this name.
    #[must_use]
    pub fn new(name: &'static str, graphs: Vec<Graph>) -> Self {
        Self { name, graphs: Arc::new(graphs), next: 0 }
    }
}

impl Generator for InOrder {
    fn name(&self) -> &'static str {
        self.name
    }

    /// Fewer than `count` where the list ends.
    fn propose(&mut self, count: usize, _: f64, _: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        let end = self.next.saturating_add(count).min(self.graphs.len());
        let graphs = self.graphs[self.next..end].iter().cloned().map(Proposal::from).collect();
        self.next = end;
        Ok(graphs)
    }

    /// What was proposed after it in the same draw has not been looked at and is proposed again.
    fn tell(&mut self, graph: &Graph, _: f64) {
        if let Some(place) = self.graphs[..self.next].iter().rposition(|known| known == graph) {
            self.next = place + 1;
        }
    }

    fn state(&self) -> Result<State, GeneratorError> {
        State::new(&self.next, None)
    }

    /// Begins the list anew: that of a larger budget is another one, and the search turns away what it evaluated before.
    fn restore(&mut self, state: &State) -> Result<(), GeneratorError> {
        let _: usize = state.value()?;
        self.next = 0;
        Ok(())
    }
}
