//! Proposes the graphs of a list in order: baselines that evaluate networks by descending size or descending score.

use super::{Generator, GeneratorError, GeneratorKind, GeneratorMemory, GeneratorSetup, Order, Proposal, graph_bytes};
use crate::graph::Graph;
use crate::nn::Checkpoint;
use std::sync::Arc;

/// The registry entry for descending multiply-adds.
pub(super) const LARGEST: GeneratorKind = GeneratorKind {
    name: "largest",
    learned: false,
    order: Some(Order::Size),
    build: |setup, _| Ok(Box::new(InOrder::new(LARGEST.name, setup.list))),
    memory,
};

/// The registry entry for descending score.
pub(super) const HIGHEST_SCORE: GeneratorKind = GeneratorKind {
    name: "score",
    order: Some(Order::Score),
    build: |setup, _| Ok(Box::new(InOrder::new(HIGHEST_SCORE.name, setup.list))),
    ..LARGEST
};

/// Listed graphs per evaluation of the budget: more than one, because a partial table and cost limits reject some.
pub const LISTED_EACH: usize = 20;

/// Memory of the list, counted twice because sorting copies it.
fn memory(setup: &GeneratorSetup<'_>) -> Result<GeneratorMemory, GeneratorError> {
    let listed = (setup.evaluations as u64).saturating_mul(2 * LISTED_EACH as u64);
    Ok(GeneratorMemory { bytes: graph_bytes(&**setup.space).saturating_mul(listed), keys: "evaluations" })
}

/// A generator without training that proposes the graphs of a list in order.
pub struct InOrder {
    name: &'static str,
    graphs: Arc<Vec<Graph>>,
    next: usize,
}

impl InOrder {
    /// Creates a generator with this name and list.
    #[must_use]
    pub fn new(name: &'static str, graphs: Vec<Graph>) -> Self {
        Self { name, graphs: Arc::new(graphs), next: 0 }
    }
}

impl Generator for InOrder {
    fn name(&self) -> &'static str {
        self.name
    }

    /// Returns fewer than `count` graphs at the end of the list.
    fn propose(&mut self, count: usize, _: f64, _: &mut dyn rand::Rng) -> Result<Vec<Proposal>, GeneratorError> {
        let end = self.next.saturating_add(count).min(self.graphs.len());
        let graphs = self.graphs[self.next..end].iter().cloned().map(Proposal::from).collect();
        self.next = end;
        Ok(graphs)
    }

    /// Continues after `graph`: the graphs proposed after it in the same call were not evaluated and are proposed
    /// again.
    fn tell(&mut self, graph: &Graph, _: f64) {
        if let Some(index) = self.graphs[..self.next].iter().rposition(|listed| listed == graph) {
            self.next = index + 1;
        }
    }

    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        Ok(Checkpoint::of_state(&self.next, None)?)
    }

    /// Restarts the list: a larger budget has another list, and the search rejects graphs that it evaluated before.
    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        let _: usize = state.state()?;
        self.next = 0;
        Ok(())
    }
}
