//! Random architectures.

use super::FileSpace;
use super::error::Fault;
use super::part::Part;
use super::text::Architecture;
use crate::graph::Graph;
use crate::space::{Explorer, Space, explorer};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The number of draws of which one must be valid.
const FIRST_DRAWS: usize = 2_000;

/// If none of so many draws is valid, draws are repaired.
const PLAIN_DRAWS: usize = 100;

impl FileSpace {
    /// Decides whether draws are repaired, and finds a valid architecture.
    pub(super) fn with_draws(self) -> Result<Self, Fault> {
        let repairable = self.definition.parts.iter().any(Part::is_repairable);
        if let Some(witness) = self.first_valid_draw(if repairable { PLAIN_DRAWS } else { FIRST_DRAWS }) {
            return Ok(Self { witness, ..self });
        }
        let unsatisfied = || Fault {
            line: 1,
            key: String::new(),
            what: format!(
                "none of {FIRST_DRAWS} random architectures satisfies the rules of the parts; relax in_degree, max_edges or count"
            ),
        };
        if !repairable {
            return Err(unsatisfied());
        }
        let space = Self { repairs: true, ..self };
        let witness = space.first_valid_draw(FIRST_DRAWS).ok_or_else(unsatisfied)?;
        Ok(Self { witness, ..space })
    }

    /// Draws until an architecture is valid.
    fn first_valid_draw(&self, draws: usize) -> Option<Graph> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let explorers = vec![Explorer::Uniform; self.definition.parts.len()];
        let mut draws = (0..draws).map(|_| self.draw(&explorers, &mut rng));
        draws.find(|graph| self.validate(graph).is_ok())
    }

    /// Draws an architecture; `explorers` has one for each part.
    fn draw(&self, explorers: &[Explorer], rng: &mut dyn Rng) -> Graph {
        let options = self.definition.choices.iter().map(|choice| rng.random_range(0..choice.options.len())).collect();
        let mut draw = |(part, explorer): (&Part, &Explorer)| {
            let graph = part.draw(explorer, rng);
            match self.repairs && part.is_repairable() {
                true => part.repaired(graph, self.prunes(), rng),
                false => graph,
            }
        };
        let parts = self.definition.parts.iter().zip(explorers).map(&mut draw).collect();
        self.joined(&Architecture { options, parts })
    }

    /// Draws until an architecture is valid.
    pub(super) fn valid_draw(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Option<Graph> {
        let parts = self.definition.parts.iter();
        let explorers: Vec<_> = parts.map(|_| Part::with_size(explorer, rng)).collect();
        let mut draw = || self.draw(&explorers, rng);
        let valid = |graph: &Graph| self.validate(graph).is_ok();
        match self.repairs {
            // Repaired draws take longer, and most are valid.
            true => (0..FIRST_DRAWS).map(|_| draw()).find(valid),
            false => explorer::first_valid(draw, valid),
        }
    }
}
