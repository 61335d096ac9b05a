//! One generator for each part of an architecture: for each stage, or for the normal and the reduction cell.

use super::drawn::joined;
use super::file::{of_part, prefixed};
use super::{Drawn, Generator, GeneratorError, Kept, PolicyUpdate, Proposal, Scored, Setup, State};
use crate::graph::Graph;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Generators of one kind, of which each draws and learns one part of every architecture.
///
/// The parts are independent then: the probability of an architecture is the product of theirs, and each generator is
/// trained on its part of the replay set with the reward of the whole.
pub struct PerPart {
    parts: Vec<Box<dyn Generator>>,
}

/// Builds a learned generator: one for all parts of an architecture or, with `generator.per_part`, one for each.
pub(super) fn per_part<G: Generator + 'static>(
    setup: &Setup<'_>,
    rng: &mut ChaCha8Rng,
    new: impl Fn(&mut ChaCha8Rng) -> Result<G, GeneratorError>,
    of_one_part: fn(G) -> G,
) -> Result<Box<dyn Generator>, GeneratorError> {
    if !setup.generator.per_part {
        return Ok(Box::new(new(rng)?));
    }
    let mut parts: Vec<Box<dyn Generator>> = Vec::new();
    for _ in 0..setup.space.parts() {
        parts.push(Box::new(of_one_part(new(rng)?)));
    }
    Ok(Box::new(PerPart::new(parts)))
}

impl PerPart {
    /// An architecture's generators, in the order of its parts.
    #[must_use]
    pub fn new(parts: Vec<Box<dyn Generator>>) -> Self {
        Self { parts }
    }

    /// What every generator makes, in the order of the parts.
    fn each<T>(
        &mut self,
        mut make: impl FnMut(&mut dyn Generator) -> Result<T, GeneratorError>,
    ) -> Result<Vec<T>, GeneratorError> {
        self.parts.iter_mut().map(|part| make(&mut **part)).collect()
    }

    /// What each generator is trained on: its part of every graph, with the reward of the whole.
    fn replay_of_parts(&self, replay: &[Scored]) -> Vec<Vec<Scored>> {
        let mut of_parts = vec![Vec::with_capacity(replay.len()); self.parts.len()];
        for Scored { graph, reward } in replay {
            let own = of_parts.iter_mut().zip(graph.split(self.parts.len()));
            own.for_each(|(replay, graph)| replay.push(Scored { graph, reward: *reward }));
        }
        of_parts
    }
}

impl Generator for PerPart {
    fn name(&self) -> &'static str {
        self.parts.first().map_or("none", |part| part.name())
    }

    fn propose(&mut self, count: usize, epsilon: f64, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok(joined(&self.each(|part| part.propose(count, epsilon, rng))?, Proposal::side_by_side))
    }

    fn look(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        let drawn: Option<Vec<_>> = self.each(|part| part.look(count, rng))?.into_iter().collect();
        Ok(drawn.map(|drawn| joined(&drawn, Drawn::side_by_side)))
    }

    fn sample_untracked(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok(joined(&self.each(|part| part.sample_untracked(count, rng))?, Proposal::side_by_side))
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        let own = graph.split(self.parts.len());
        self.parts.iter_mut().zip(&own).for_each(|(part, graph)| part.tell(graph, reward));
    }

    fn learn(&mut self, replay: &[Scored], baseline: f32, rng: &mut dyn Rng) -> Result<PolicyUpdate, GeneratorError> {
        let of_parts = self.replay_of_parts(replay);
        let updates = self.parts.iter_mut().zip(&of_parts).map(|(part, own)| part.learn(own, baseline, rng));
        let updates = updates.collect::<Result<Vec<PolicyUpdate>, _>>()?;
        let mean = |loss: fn(&PolicyUpdate) -> f32| updates.iter().map(loss).sum::<f32>() / updates.len() as f32;
        Ok(PolicyUpdate {
            steps: updates.iter().map(|update| update.steps).sum(),
            first_loss: mean(|update| update.first_loss),
            last_loss: mean(|update| update.last_loss),
        })
    }

    fn learns(&self) -> bool {
        self.parts.iter().any(|part| part.learns())
    }

    fn state(&self) -> Result<State, GeneratorError> {
        let states = self.parts.iter().map(|part| part.state()).collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<&str> = states.iter().map(|state| state.text.as_str()).collect();
        let text = State::new(&texts, None)?.text;
        Ok(State { text, tensors: prefixed(states.into_iter().map(|state| state.tensors)) })
    }

    fn restore(&mut self, state: &State) -> Result<(), GeneratorError> {
        let texts: Vec<String> = state.value()?;
        if texts.len() != self.parts.len() {
            let why = format!("it has {} parts, not {}", texts.len(), self.parts.len());
            return Err(GeneratorError::State(why));
        }
        let own = |(part, text)| State { text, tensors: of_part(part, &state.tensors) };
        let states: Vec<State> = texts.into_iter().enumerate().map(own).collect();
        self.parts.iter_mut().zip(&states).try_for_each(|(part, state)| part.restore(state))
    }

    fn kept(&self) -> Result<Option<Kept>, GeneratorError> {
        let kept = self.parts.iter().map(|part| part.kept()).collect::<Result<Option<Vec<_>>, _>>()?;
        Ok(kept.and_then(Kept::of_parts))
    }
}
