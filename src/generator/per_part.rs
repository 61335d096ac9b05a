//! One generator per part of an architecture: per stage, or one each for the normal and the reduction cell.

use super::drawn::joined;
use super::file::{join_parts, tensors_of_part};
use super::{Drawn, Generator, GeneratorError, GeneratorSetup, PolicyUpdate, Proposal, Scored, Target};
use crate::graph::Graph;
use crate::nn::{Checkpoint, STATE};
use crate::space::{Limits, Space};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Generators of one kind, each of which generates one part of every architecture.
///
/// The parts are independent: the probability of an architecture is the product of the parts' probabilities. Each
/// generator is trained on its part of the replay set with the reward of the complete architecture.
pub struct PerPart {
    space: Arc<dyn Space>,
    parts: Vec<Box<dyn Generator>>,
}

/// Builds a learned generator: one for all parts of an architecture or, with `generator.per_part` or if the parts are
/// not alike, one per part.
pub(super) fn per_part<G: Generator + 'static>(
    setup: &GeneratorSetup<'_>,
    rng: &mut ChaCha8Rng,
    new: impl Fn(Target, &mut ChaCha8Rng) -> Result<G, GeneratorError>,
) -> Result<Box<dyn Generator>, GeneratorError> {
    let space = setup.space;
    if !setup.generator.per_part && space.parts_are_alike() {
        return Ok(Box::new(new(Target::all(space), rng)?));
    }
    let mut parts: Vec<Box<dyn Generator>> = Vec::new();
    for part in 0..space.parts() {
        parts.push(Box::new(new(Target::part(space, part), rng)?));
    }
    Ok(Box::new(PerPart::new(Arc::clone(space), parts)))
}

/// The limits of the graphs that the generators of [`per_part`] draw, one for each generator.
pub(super) fn limits_of_generators(setup: &GeneratorSetup<'_>) -> Vec<Limits> {
    match setup.generator.per_part || !setup.space.parts_are_alike() {
        false => vec![setup.space.limits()],
        true => (0..setup.space.parts()).map(|part| setup.space.part_limits(part)).collect(),
    }
}

impl PerPart {
    /// Combines generators, given in the order of the parts.
    #[must_use]
    pub fn new(space: Arc<dyn Space>, parts: Vec<Box<dyn Generator>>) -> Self {
        Self { space, parts }
    }

    /// Calls `call` for every generator and returns the results in the order of the parts.
    fn each<T>(
        &mut self,
        mut call: impl FnMut(&mut dyn Generator) -> Result<T, GeneratorError>,
    ) -> Result<Vec<T>, GeneratorError> {
        self.parts.iter_mut().map(|part| call(&mut **part)).collect()
    }

    /// Splits the replay set by part; each part has the reward of the complete architecture.
    fn replay_of_parts(&self, replay: &[Scored]) -> Vec<Vec<Scored>> {
        let mut of_parts = vec![Vec::with_capacity(replay.len()); self.parts.len()];
        for Scored { graph, reward } in replay {
            let own = of_parts.iter_mut().zip(self.space.split(graph));
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
        Ok(joined(&self.each(|part| part.propose(count, epsilon, rng))?, Proposal::disjoint_union))
    }

    fn inspect(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Option<Vec<Drawn>>, GeneratorError> {
        let drawn: Option<Vec<_>> = self.each(|part| part.inspect(count, rng))?.into_iter().collect();
        Ok(drawn.map(|drawn| joined(&drawn, Drawn::disjoint_union)))
    }

    fn sample_untracked(&mut self, count: usize, rng: &mut dyn Rng) -> Result<Vec<Proposal>, GeneratorError> {
        Ok(joined(&self.each(|part| part.sample_untracked(count, rng))?, Proposal::disjoint_union))
    }

    fn tell(&mut self, graph: &Graph, reward: f64) {
        let own = self.space.split(graph);
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

    fn state(&self) -> Result<Checkpoint, GeneratorError> {
        let states = self.parts.iter().map(|part| part.state()).collect::<Result<Vec<_>, _>>()?;
        let texts = states.iter().map(|state| state.texts.get(STATE).cloned().unwrap_or_default());
        let mut joined = Checkpoint::of_state(&texts.collect::<Vec<_>>(), None)?;
        joined.tensors = join_parts(states).tensors;
        Ok(joined)
    }

    fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        let texts: Vec<String> = state.state()?;
        if texts.len() != self.parts.len() {
            let why = format!("it has {} parts, not {}", texts.len(), self.parts.len());
            return Err(GeneratorError::State(why));
        }
        for (index, (part, text)) in self.parts.iter_mut().zip(texts).enumerate() {
            part.restore(&Checkpoint::new([(STATE.to_owned(), text)].into(), tensors_of_part(index, state)))?;
        }
        Ok(())
    }

    fn weights(&self) -> Result<Option<Checkpoint>, GeneratorError> {
        let parts = self.parts.iter().map(|part| part.weights()).collect::<Result<Option<Vec<_>>, _>>()?;
        Ok(parts.filter(|parts| !parts.is_empty()).map(join_parts))
    }
}
