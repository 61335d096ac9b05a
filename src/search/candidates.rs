//! Candidates of a round: draws graphs, rejects invalid and known ones, lets the guide choose, and evaluates.

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

/// Sampling attempts of a round before the random policy takes over.
const ATTEMPTS: usize = 20;
/// Attempts without uniform mixing: a generator with a few repeated samples still has new graphs.
const UNMIXED_ATTEMPTS: usize = 4;
/// Maximum number of graphs per attempt, which limits memory.
const MAX_DRAWN: usize = 10_000;
/// Draws from the configured random policy for one graph before the uniform policy, which reaches every graph, is used.
const EXPLORER_DRAWS: usize = 20_000;
/// Uniform draws without a new graph after which the space counts as exhausted.
const UNIFORM_DRAWS: usize = 200_000;

/// Graphs over the cost limits after which the search for a fallback graph ends.
const MAX_OVER_LIMITS: usize = 5000;

/// The distribution that graphs are drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Policy {
    Explorer(Explorer),
    Generator,
}

impl Policy {
    fn source(self) -> ProposalSource {
        match self {
            Self::Explorer(_) => ProposalSource::Explorer,
            Self::Generator => ProposalSource::Generator,
        }
    }
}

/// The generator draws 1 / `GENERATED_FRACTION` of a mixed pool.
const GENERATED_FRACTION: usize = 10;
/// The generator's first update uses the best 1 / `WARM_START_FRACTION` of the exploration pool.
const WARM_START_FRACTION: usize = 10;
/// Number of best graphs whose neighbours are in a mixed pool.
const PARENTS: usize = 5;
/// Uniform draws per wanted graph of a mixed pool.
const POOL_DRAWS: usize = 4;

/// Candidates without duplicate architectures.
#[derive(Default)]
struct Pool {
    candidates: Vec<Candidate>,
    keys: HashSet<String>,
}

/// A valid graph that was not evaluated before.
pub(super) struct Candidate {
    pub graph: Graph,
    pub arch: String,
    /// Canonical key, equal for all graphs of the same architecture.
    pub key: String,
    pub source: ProposalSource,
    pub log_probability: Option<f64>,
}

impl SearchLoop {
    /// Draws graphs from a policy and evaluates them until there are `goal` evaluations in total. Attempt t draws
    /// B(5t + 1) graphs. When the pool has enough new graphs, the best of them by the guide are evaluated.
    pub(super) fn evaluate_from(
        &mut self,
        policy: Policy,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        let guide = self.config.guide;
        if policy == Policy::Generator && guide.candidates > 1 && guide.source == CandidateSource::Mixed {
            return self.evaluate_mixed(goal, rng, observer);
        }
        let candidates = if policy == Policy::Generator { guide.candidates } else { 1 };
        let mut pool = Pool::default();
        for attempt in 0..ATTEMPTS {
            if self.state.history.len() >= goal {
                break;
            }
            let count = self.config.batch.saturating_mul(5 * attempt + 1).min(MAX_DRAWN);
            for proposal in self.draw(policy, count, self.epsilon(attempt), rng)? {
                if self.state.history.len() >= goal {
                    break;
                }
                self.add_candidate(proposal, policy.source(), &mut pool);
                if pool.candidates.len() >= candidates.saturating_mul(goal - self.state.history.len()) {
                    self.evaluate_pool(&mut pool, goal, observer)?;
                }
            }
        }
        self.evaluate_pool(&mut pool, goal, observer)
    }

    /// Evaluates the graphs that the guide chooses from a pool of several sources ([`CandidateSource::Mixed`]).
    fn evaluate_mixed(
        &mut self,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        let wanted = goal.saturating_sub(self.state.history.len()).saturating_mul(self.config.guide.candidates);
        let mut pool = Pool::default();
        let generated = wanted.div_ceil(GENERATED_FRACTION).min(MAX_DRAWN);
        for proposal in self.draw(Policy::Generator, generated, 0.0, rng)? {
            self.add_candidate(proposal, ProposalSource::Generator, &mut pool);
        }
        let parents: Vec<Graph> = self.state.replay.best_first().take(PARENTS).cloned().collect();
        for graph in parents.iter().flat_map(|parent| self.space.neighbours(parent)).collect::<Vec<_>>() {
            self.add_candidate(graph.into(), ProposalSource::Neighbour, &mut pool);
        }
        for _ in 0..wanted.saturating_mul(POOL_DRAWS) {
            if pool.candidates.len() >= wanted {
                break;
            }
            let graph = self.space.explore(&Explorer::Uniform, rng);
            self.add_candidate(graph.into(), ProposalSource::Explorer, &mut pool);
        }
        self.evaluate_pool(&mut pool, goal, observer)
    }

    /// Evaluates the graphs of the exploration pool by descending score.
    pub(super) fn explore_pool(&mut self, goal: usize, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let mut pool = Pool::default();
        for graph in self.scored_pool()? {
            let wanted = goal.saturating_sub(self.state.history.len());
            if wanted == 0 {
                break;
            }
            self.add_candidate(graph.into(), ProposalSource::Explorer, &mut pool);
            if pool.candidates.len() >= wanted {
                self.evaluate_pool(&mut pool, goal, observer)?;
            }
        }
        self.evaluate_pool(&mut pool, goal, observer)
    }

    /// Returns the unevaluated graphs for the generator's warm start: the best tenth of the exploration pool, of which
    /// one is replaced by each evaluated graph.
    pub(super) fn warm_start_graphs(&mut self) -> Result<Vec<Graph>, SearchError> {
        let count = (self.config.pool() / WARM_START_FRACTION).saturating_sub(self.state.replay.len());
        if !self.config.explore.warm_start || count == 0 {
            return Ok(Vec::new());
        }
        let mut best = self.scored_pool()?;
        let evaluated: HashSet<&Graph> = self.state.replay.best_first().collect();
        let within = |graph: &Graph| self.limits.as_ref().is_none_or(|limits| limits.admit(graph));
        best.retain(|graph| !evaluated.contains(graph) && self.space.validate(graph).is_ok() && within(graph));
        best.truncate(count);
        Ok(best)
    }

    /// Returns the exploration pool by descending score; it is the same in every round of a run.
    fn scored_pool(&mut self) -> Result<Vec<Graph>, SearchError> {
        let Some(scorer) = self.scorer.as_ref().filter(|_| self.pool.is_empty()) else { return Ok(self.pool.clone()) };
        let start = Instant::now();
        let (mut rng, explorer) = (stream(self.config.seed, Purpose::Pool, 0), self.config.explore.explorer);
        let drawn = (0..self.config.pool()).map(|_| self.space.explore(&explorer, &mut rng)).collect();
        self.pool = scorer.best_first(drawn)?;
        self.state.seconds.sample += start.elapsed().as_secs_f64();
        Ok(self.pool.clone())
    }

    /// Completes the round with graphs from the random policies, one at a time, until it is complete or no new graph is
    /// found.
    pub(super) fn evaluate_fallbacks(
        &mut self,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        while self.state.history.len() < goal && !self.exhausted() {
            if !self.evaluate_fallback(rng, observer)? {
                break;
            }
            self.state.rejected.fallbacks += 1;
        }
        Ok(())
    }

    /// Evaluates one new graph from the configured random policy or, if that finds none, from the uniform policy.
    /// Returns whether a graph was evaluated.
    fn evaluate_fallback(&mut self, rng: &mut ChaCha8Rng, observer: &mut dyn Observer) -> Result<bool, SearchError> {
        let goal = self.state.history.len() + 1;
        let over_limits = self.state.rejected.over_limits;
        let policies = [(self.config.explore.explorer, EXPLORER_DRAWS), (Explorer::Uniform, UNIFORM_DRAWS)];
        let mut pool = Pool::default();
        for (explorer, draws) in policies {
            for _ in 0..draws {
                for proposal in self.draw(Policy::Explorer(explorer), 1, 0.0, rng)? {
                    self.add_candidate(proposal, ProposalSource::Explorer, &mut pool);
                }
                self.evaluate_pool(&mut pool, goal, observer)?;
                if self.state.history.len() >= goal {
                    return Ok(true);
                }
                if self.state.rejected.over_limits - over_limits >= MAX_OVER_LIMITS {
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    fn exhausted(&self) -> bool {
        self.evaluator.capacity().is_some_and(|capacity| self.state.history.len() >= capacity)
    }

    /// Returns the uniform fraction of the generator's decisions in an attempt (from 0) of a round.
    fn epsilon(&self, attempt: usize) -> f64 {
        (self.config.generator.epsilon * (attempt + 1).saturating_sub(UNMIXED_ATTEMPTS) as f64).min(1.0)
    }

    fn draw(
        &mut self,
        policy: Policy,
        count: usize,
        epsilon: f64,
        rng: &mut ChaCha8Rng,
    ) -> Result<Vec<Proposal>, SearchError> {
        let start = Instant::now();
        let graphs = match policy {
            Policy::Explorer(explorer) => (0..count).map(|_| self.space.explore(&explorer, rng).into()).collect(),
            Policy::Generator => self.generator.propose(count, epsilon, rng)?,
        };
        self.state.seconds.sample += start.elapsed().as_secs_f64();
        Ok(graphs)
    }

    /// Adds the graph to the pool if it is valid and new; counts it as rejected otherwise.
    fn add_candidate(&mut self, proposal: Proposal, source: ProposalSource, pool: &mut Pool) {
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

    /// Empties the pool and evaluates its graphs by descending acquisition value until `goal` is reached.
    fn evaluate_pool(&mut self, pool: &mut Pool, goal: usize, observer: &mut dyn Observer) -> Result<(), SearchError> {
        pool.keys.clear();
        let mut candidates = std::mem::take(&mut pool.candidates);
        if candidates.len() > goal.saturating_sub(self.state.history.len()) {
            let start = Instant::now();
            let structure = self.structure.as_deref().filter(|_| self.config.guide.prior == Prior::Structure);
            let noise = self.config.guide.noise + self.relative_noise();
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
            self.evaluate_candidate(candidate, following, observer)?;
        }
        Ok(())
    }
}
