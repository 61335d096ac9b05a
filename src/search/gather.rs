//! Filling a round: draw, turn away what is invalid or known, let the guide choose.

use super::config::{CandidateSource, GuideConfig, Prior};
use super::error::SearchError;
use super::guide::Guide;
use super::observer::Observer;
use super::run::SearchLoop;
use super::streams::{Purpose, stream};
use super::trial::ProposalSource;
use crate::generator::Proposal;
use crate::graph::Graph;
use crate::space::Explorer;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::time::Instant;

/// Attempts to draw new graphs before the explorer takes over.
const ATTEMPTS: usize = 20;
/// Attempts before the generator is mixed: one that repeats itself a little has new graphs yet, the likeliest first.
const STRICT: usize = 4;
/// Graphs that an attempt draws at most: more would fill the memory before one of them is looked at.
const DRAWN_AT_ONCE: usize = 10_000;
/// Draws the configured explorer gets for one graph before the uniform one, which reaches every graph, is tried.
const EXPLORER_DRAWS: usize = 20_000;
/// Uniform draws without a new graph after which the space counts as exhausted.
const UNIFORM_DRAWS: usize = 200_000;

/// New graphs in a row over the limits on cost after which hardly any is taken to be within them.
const OVER_LIMITS: usize = 5000;

/// What graphs are drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Origin {
    Explorer(Explorer),
    Generator,
}

impl Origin {
    fn source(self) -> ProposalSource {
        match self {
            Self::Explorer(_) => ProposalSource::Explorer,
            Self::Generator => ProposalSource::Generator,
        }
    }
}

/// Of a mixed pool, one graph in so many is the generator's.
const GENERATED: usize = 10;
/// The generator first learns the best of the exploration's pool, one graph in so many.
const FITTED: usize = 10;
/// The best graphs whose neighbours are in a mixed pool.
const PARENTS: usize = 5;
/// Draws for each graph that a mixed pool lacks, after which the space is taken to have no more.
const POOL_DRAWS: usize = 4;

/// Candidates, each architecture once.
#[derive(Default)]
struct Pool {
    candidates: Vec<Candidate>,
    keys: HashSet<String>,
}

/// A valid graph that has not been evaluated.
pub(super) struct Candidate {
    pub graph: Graph,
    pub arch: String,
    /// The same for all graphs of an architecture.
    pub key: String,
    pub source: ProposalSource,
    pub log_probability: Option<f64>,
}

impl SearchLoop {
    /// Attempt t draws B(5t + 1) graphs, until `goal` evaluations are reached. Whenever enough new ones are there to choose
    /// from, the best of them by the guide are evaluated.
    pub(super) fn gather(
        &mut self,
        origin: Origin,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        let guide = self.config.guide;
        if origin == Origin::Generator && guide.candidates > 1 && guide.source == CandidateSource::Mixed {
            return self.gather_mixed(goal, rng, observer);
        }
        let candidates = if origin == Origin::Generator { guide.candidates } else { 1 };
        let mut pool = Pool::default();
        for attempt in 0..ATTEMPTS {
            if self.state.history.len() >= goal {
                break;
            }
            let count = self.config.batch.saturating_mul(5 * attempt + 1).min(DRAWN_AT_ONCE);
            for proposal in self.draw(origin, count, self.epsilon(attempt), rng)? {
                if self.state.history.len() >= goal {
                    break;
                }
                self.consider(proposal, origin.source(), &mut pool);
                if pool.candidates.len() >= candidates.saturating_mul(goal - self.state.history.len()) {
                    self.evaluate(&mut pool, goal, observer)?;
                }
            }
        }
        self.evaluate(&mut pool, goal, observer)
    }

    /// Lets the guide choose from one pool of several sources.
    fn gather_mixed(
        &mut self,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        let wanted = goal.saturating_sub(self.state.history.len()).saturating_mul(self.config.guide.candidates);
        let mut pool = Pool::default();
        let generated = wanted.div_ceil(GENERATED).min(DRAWN_AT_ONCE);
        for proposal in self.draw(Origin::Generator, generated, 0.0, rng)? {
            self.consider(proposal, ProposalSource::Generator, &mut pool);
        }
        let parents: Vec<Graph> = self.state.replay.best_first().take(PARENTS).cloned().collect();
        for graph in parents.iter().flat_map(|parent| self.space.neighbours(parent)).collect::<Vec<_>>() {
            self.consider(graph.into(), ProposalSource::Neighbour, &mut pool);
        }
        for _ in 0..wanted.saturating_mul(POOL_DRAWS) {
            if pool.candidates.len() >= wanted {
                break;
            }
            let graph = self.space.explore(&Explorer::Uniform, rng);
            self.consider(graph.into(), ProposalSource::Explorer, &mut pool);
        }
        self.evaluate(&mut pool, goal, observer)
    }

    /// Evaluates the graphs of the exploration's pool with the highest score.
    pub(super) fn explore_pool(&mut self, goal: usize, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let mut pool = Pool::default();
        for graph in self.scored_pool()? {
            let wanted = goal.saturating_sub(self.state.history.len());
            if wanted == 0 {
                break;
            }
            self.consider(graph.into(), ProposalSource::Explorer, &mut pool);
            if pool.candidates.len() >= wanted {
                self.evaluate(&mut pool, goal, observer)?;
            }
        }
        self.evaluate(&mut pool, goal, observer)
    }

    /// What the generator learns before there are rewards: of the best tenth of the exploration's pool as many as have not been
    /// replaced by evaluated graphs.
    pub(super) fn promising(&mut self) -> Result<Vec<Graph>, SearchError> {
        let count = (self.config.pool() / FITTED).saturating_sub(self.state.replay.len());
        if !self.config.explore.warm_start || count == 0 {
            return Ok(Vec::new());
        }
        let mut best = self.scored_pool()?;
        let known: HashSet<&Graph> = self.state.replay.best_first().collect();
        let within = |graph: &Graph| self.limits.as_ref().is_none_or(|limits| limits.admit(graph));
        best.retain(|graph| !known.contains(graph) && self.space.validate(graph).is_ok() && within(graph));
        best.truncate(count);
        Ok(best)
    }

    /// The exploration's pool, the highest score first; the same in every round of a run.
    fn scored_pool(&mut self) -> Result<Vec<Graph>, SearchError> {
        let Some(scorer) = self.scorer.as_ref().filter(|_| self.pool.is_empty()) else { return Ok(self.pool.clone()) };
        let start = Instant::now();
        let (mut rng, explorer) = (stream(self.config.seed, Purpose::Pool, 0), self.config.explore.explorer);
        let drawn = (0..self.config.pool()).map(|_| self.space.explore(&explorer, &mut rng)).collect();
        self.pool = scorer.best_first(drawn)?;
        self.state.seconds.sample += start.elapsed().as_secs_f64();
        Ok(self.pool.clone())
    }

    /// Fills the round from the explorers, one draw at a time, until it is full or nothing new turns up.
    pub(super) fn fall_back(
        &mut self,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        while self.state.history.len() < goal && !self.exhausted() {
            if !self.fall_back_once(rng, observer)? {
                break;
            }
            self.state.rejected.fallbacks += 1;
        }
        Ok(())
    }

    /// One new graph from the configured explorer or, where that finds none, the uniform one; false without any.
    fn fall_back_once(&mut self, rng: &mut ChaCha8Rng, observer: &mut dyn Observer) -> Result<bool, SearchError> {
        let goal = self.state.history.len() + 1;
        let over = self.state.rejected.over_limits;
        let ladder = [(self.config.explore.explorer, EXPLORER_DRAWS), (Explorer::Uniform, UNIFORM_DRAWS)];
        let mut pool = Pool::default();
        for (explorer, draws) in ladder {
            for _ in 0..draws {
                for proposal in self.draw(Origin::Explorer(explorer), 1, 0.0, rng)? {
                    self.consider(proposal, ProposalSource::Explorer, &mut pool);
                }
                self.evaluate(&mut pool, goal, observer)?;
                if self.state.history.len() >= goal {
                    return Ok(true);
                }
                if self.state.rejected.over_limits - over >= OVER_LIMITS {
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    fn exhausted(&self) -> bool {
        self.evaluator.capacity().is_some_and(|capacity| self.state.history.len() >= capacity)
    }

    /// The part of its decisions that the generator draws uniformly in a round's attempt.
    fn epsilon(&self, attempt: usize) -> f64 {
        (self.config.generator.epsilon * (attempt + 1).saturating_sub(STRICT) as f64).min(1.0)
    }

    fn draw(
        &mut self,
        origin: Origin,
        count: usize,
        epsilon: f64,
        rng: &mut ChaCha8Rng,
    ) -> Result<Vec<Proposal>, SearchError> {
        let start = Instant::now();
        let graphs = match origin {
            Origin::Explorer(explorer) => (0..count).map(|_| self.space.explore(&explorer, rng).into()).collect(),
            Origin::Generator => self.generator.propose(count, epsilon, rng)?,
        };
        self.state.seconds.sample += start.elapsed().as_secs_f64();
        Ok(graphs)
    }

    /// Adds the graph to the pool if it is valid and new; counts it as rejected otherwise.
    fn consider(&mut self, proposal: Proposal, source: ProposalSource, pool: &mut Pool) {
        let Proposal { graph, log_probability } = proposal;
        let start = Instant::now();
        let names = self.space.decode(&graph).and_then(|arch| Ok((arch, self.space.canonical(&graph)?)));
        self.state.seconds.sample += start.elapsed().as_secs_f64();
        let Ok((arch, key)) = names else {
            self.state.rejected.invalid += 1;
            return;
        };
        if self.state.seen.contains(&key) || pool.keys.contains(&key) {
            self.state.rejected.seen += 1;
            return;
        }
        if self.limits.as_ref().is_some_and(|limits| !limits.admit(&graph)) {
            self.state.seen.insert(key);
            self.state.rejected.over_limits += 1;
            return;
        }
        pool.keys.insert(key.clone());
        pool.candidates.push(Candidate { graph, arch, key, source, log_probability });
    }

    /// Empties the pool, evaluating the most promising graphs that the evaluator knows until `goal` is reached.
    fn evaluate(&mut self, pool: &mut Pool, goal: usize, observer: &mut dyn Observer) -> Result<(), SearchError> {
        pool.keys.clear();
        let mut candidates = std::mem::take(&mut pool.candidates);
        if candidates.len() > goal.saturating_sub(self.state.history.len()) {
            let start = Instant::now();
            let structure = self.structure.as_deref().filter(|_| self.config.guide.prior == Prior::Structure);
            let noise = self.config.guide.noise + self.share_of_noise();
            let config = GuideConfig { noise, ..self.config.guide };
            let guide = Guide::new(self.state.replay.best_first(), &config, structure);
            let mut rated: Vec<_> = candidates.drain(..).map(|one| (guide.acquisition(&one.graph), one)).collect();
            rated.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            candidates.extend(rated.into_iter().map(|(_, candidate)| candidate));
            self.state.seconds.sample += start.elapsed().as_secs_f64();
        }
        let mut candidates = candidates.into_iter();
        while let Some(candidate) = candidates.next() {
            let wanted = goal.saturating_sub(self.state.history.len());
            if wanted == 0 {
                break;
            }
            let following = &candidates.as_slice()[..candidates.len().min(wanted - 1)];
            self.admit(candidate, following, observer)?;
        }
        Ok(())
    }
}
