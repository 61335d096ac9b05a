//! Proposes graphs of a list, one after the other: the baseline that evaluates the largest networks first.

use super::{Generator, GeneratorError, Proposal, State};
use crate::graph::Graph;
use std::sync::Arc;

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
