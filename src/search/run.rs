//! The loop: explore or propose, evaluate, remember, learn, until the budget of distinct evaluations is spent.

use super::config::Config;
use super::guide::Guide;
use super::limits::CostLimits;
use super::outcome::{Best, Outcome, Record, Rejected, Seconds};
use super::replay::{Baseline, Replay};
use super::streams::{Purpose, stream};
use crate::evaluate::{EvaluateError, Evaluation, Evaluator};
use crate::generator::{Generator, GeneratorError, Lesson};
use crate::graph::Graph;
use crate::space::{Explorer, Space};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;
use thiserror::Error;

/// Attempts to draw new graphs before the explorer takes over.
const ATTEMPTS: usize = 20;
/// Draws the configured explorer gets for one graph before the uniform one, which reaches every graph, is tried.
const EXPLORER_DRAWS: usize = 20_000;
/// Uniform draws without a new graph after which the space counts as exhausted.
const UNIFORM_DRAWS: usize = 200_000;

/// Children in a row without a reward after which the fault is taken to be the recipe's.
const HOPELESS: usize = 20;

/// Why a search ended without an outcome.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The budget exceeds what the reward source holds.
    #[error(
        "{asked} evaluations were asked for, but only {capacity} architectures can be evaluated; lower --evaluations"
    )]
    Budget {
        /// The budget.
        asked: usize,
        /// What the source holds.
        capacity: usize,
    },
    /// Not one architecture could be drawn that the source can evaluate.
    #[error("no architecture of {space} could be evaluated; check that the table belongs to the space")]
    Nothing {
        /// The space.
        space: String,
    },
    /// One child after the other could not be trained.
    #[error("the last {failed} architectures got no reward, the last because: {why}")]
    Hopeless {
        /// How many.
        failed: usize,
        /// What happened to the last one.
        why: String,
    },
    /// The reward source failed.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The generator failed.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
}

/// Somebody who watches a search.
pub trait Observer {
    /// An architecture was evaluated; `best` is the best so far, this one included.
    fn evaluated(&mut self, record: &Record, best: &Best) {
        let _ = (record, best);
    }

    /// The generator had a lesson before round `round`.
    fn taught(&mut self, round: u64, lesson: &Lesson) {
        let _ = (round, lesson);
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    Explorer(Explorer),
    Generator,
}

/// A valid graph that has not been evaluated.
struct Candidate {
    graph: Graph,
    arch: String,
    /// The same for all graphs of an architecture.
    key: String,
}

/// One run of the search.
pub struct Search {
    config: Config,
    space: Arc<dyn Space>,
    evaluator: Box<dyn Evaluator>,
    generator: Box<dyn Generator>,
    device: String,
    round: u64,
    replay: Replay,
    baseline: Baseline,
    seen: HashSet<String>,
    history: Vec<Record>,
    best: Option<Best>,
    rejected: Rejected,
    /// Children without a reward since the last one with.
    failed_in_a_row: usize,
    limits: Option<CostLimits>,
    seconds: Seconds,
}

impl Search {
    /// A search over `space` with rewards from `evaluator` and proposals from `generator`.
    pub fn new(
        config: Config,
        space: Arc<dyn Space>,
        evaluator: Box<dyn Evaluator>,
        generator: Box<dyn Generator>,
    ) -> Self {
        let baseline = Baseline::new(config.replay.baseline_decay);
        Self {
            config,
            space,
            evaluator,
            generator,
            device: "cpu".into(),
            round: 0,
            replay: Replay::default(),
            baseline,
            seen: HashSet::new(),
            history: Vec::new(),
            best: None,
            rejected: Rejected::default(),
            failed_in_a_row: 0,
            limits: None,
            seconds: Seconds::default(),
        }
    }

    /// Names the device for the outcome.
    #[must_use]
    pub fn on_device(mut self, device: impl Into<String>) -> Self {
        self.device = device.into();
        self
    }

    /// Rejects architectures that cost more than the limits.
    #[must_use]
    pub fn within(mut self, limits: Option<CostLimits>) -> Self {
        self.limits = limits;
        self
    }

    /// Searches until the budget is spent; a space with nothing new left ends the run early, and the outcome says so.
    ///
    /// # Errors
    /// A budget over what the evaluator holds, and failures of evaluator or generator.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome, SearchError> {
        let start = Instant::now();
        self.check_budget()?;
        while self.left() > 0 && self.round(observer)? {}
        self.seconds.total += start.elapsed().as_secs_f64();
        self.outcome()
    }

    /// Teaches the generator everything the search found, so that what is saved knows the last evaluations too.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn teach(&mut self, observer: &mut dyn Observer) -> Result<(), SearchError> {
        if !self.generator.learns() || self.replay.is_empty() {
            return Ok(());
        }
        let replay = self.replay.top(&self.config.replay);
        let baseline = self.baseline.step(&replay);
        let mut rng = stream(self.config.seed, Purpose::Train, self.round);
        let lesson = self.generator.learn(&replay, baseline, &mut rng)?;
        observer.taught(self.round, &lesson);
        Ok(())
    }

    /// The generator in its present state.
    pub fn generator(&self) -> &dyn Generator {
        &*self.generator
    }

    fn check_budget(&self) -> Result<(), SearchError> {
        match self.evaluator.capacity() {
            Some(capacity) if capacity < self.config.evaluations => {
                Err(SearchError::Budget { asked: self.config.evaluations, capacity })
            }
            _ => Ok(()),
        }
    }

    fn left(&self) -> usize {
        self.config.evaluations.saturating_sub(self.history.len())
    }

    /// One round; false when there is nothing new left to evaluate.
    fn round(&mut self, observer: &mut dyn Observer) -> Result<bool, SearchError> {
        let goal = self.history.len() + self.config.batch.min(self.left());
        let mut explore = stream(self.config.seed, Purpose::Explore, self.round);
        if self.explores(&mut explore) {
            // A lesson that the next restart throws away is not worth its time.
            if !self.config.train.restart {
                self.timed_lesson(observer)?;
            }
            let source = Source::Explorer(self.config.explore.explorer);
            self.gather(source, goal, &mut explore, observer)?;
        } else {
            self.timed_lesson(observer)?;
            let mut sample = stream(self.config.seed, Purpose::Sample, self.round);
            self.gather(Source::Generator, goal, &mut sample, observer)?;
        }
        self.fall_back(goal, &mut explore, observer)?;
        self.round += 1;
        Ok(self.history.len() >= goal)
    }

    fn explores(&self, rng: &mut ChaCha8Rng) -> bool {
        let explore = &self.config.explore;
        let probability = explore.schedule.probability(explore.value, self.round);
        rng.random_bool(probability.clamp(0.0, 1.0))
    }

    fn timed_lesson(&mut self, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let start = Instant::now();
        let result = self.teach(observer);
        self.seconds.train += start.elapsed().as_secs_f64();
        result
    }

    /// Attempt t draws B(5t + 1) graphs, until `goal` evaluations are reached. Whenever enough new ones are there to choose
    /// from, the best of them by the guide are evaluated.
    fn gather(
        &mut self,
        source: Source,
        goal: usize,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        let candidates = if source == Source::Generator { self.config.guide.candidates } else { 1 };
        let mut pool = Vec::new();
        for attempt in 0..ATTEMPTS {
            if self.history.len() >= goal {
                break;
            }
            let count = self.config.batch.saturating_mul(5 * attempt + 1);
            for graph in self.draw(source, count, rng)? {
                if self.history.len() >= goal {
                    break;
                }
                self.consider(graph, &mut pool);
                if pool.len() >= candidates.saturating_mul(goal - self.history.len()) {
                    self.evaluate(&mut pool, goal, observer)?;
                }
            }
        }
        self.evaluate(&mut pool, goal, observer)
    }

    /// Fills the round from the explorers, one draw at a time, until it is full or nothing new turns up.
    fn fall_back(&mut self, goal: usize, rng: &mut ChaCha8Rng, observer: &mut dyn Observer) -> Result<(), SearchError> {
        while self.history.len() < goal && !self.exhausted() {
            if !self.fall_back_once(rng, observer)? {
                break;
            }
            self.rejected.fallbacks += 1;
        }
        Ok(())
    }

    /// One new graph from the configured explorer or, where that finds none, the uniform one; false without any.
    fn fall_back_once(&mut self, rng: &mut ChaCha8Rng, observer: &mut dyn Observer) -> Result<bool, SearchError> {
        let goal = self.history.len() + 1;
        let ladder = [(self.config.explore.explorer, EXPLORER_DRAWS), (Explorer::Uniform, UNIFORM_DRAWS)];
        let mut pool = Vec::new();
        for (explorer, draws) in ladder {
            for _ in 0..draws {
                for graph in self.draw(Source::Explorer(explorer), 1, rng)? {
                    self.consider(graph, &mut pool);
                }
                self.evaluate(&mut pool, goal, observer)?;
                if self.history.len() >= goal {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn exhausted(&self) -> bool {
        self.evaluator.capacity().is_some_and(|capacity| self.history.len() >= capacity)
    }

    fn draw(&mut self, source: Source, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Graph>, SearchError> {
        let start = Instant::now();
        let graphs = match source {
            Source::Explorer(explorer) => (0..count).map(|_| self.space.explore(&explorer, rng)).collect(),
            Source::Generator => self.generator.propose(count, rng)?,
        };
        self.seconds.sample += start.elapsed().as_secs_f64();
        Ok(graphs)
    }

    /// Adds the graph to the pool if it is valid and new; counts it as rejected otherwise.
    fn consider(&mut self, graph: Graph, pool: &mut Vec<Candidate>) {
        let start = Instant::now();
        let names = self.space.decode(&graph).and_then(|arch| Ok((arch, self.space.canonical(&graph)?)));
        self.seconds.sample += start.elapsed().as_secs_f64();
        let Ok((arch, key)) = names else {
            self.rejected.invalid += 1;
            return;
        };
        if self.seen.contains(&key) || pool.iter().any(|candidate| candidate.key == key) {
            self.rejected.seen += 1;
            return;
        }
        if self.limits.as_ref().is_some_and(|limits| !limits.admit(&graph)) {
            self.seen.insert(key);
            self.rejected.over_limits += 1;
            return;
        }
        pool.push(Candidate { graph, arch, key });
    }

    /// Empties the pool, evaluating the most promising graphs that the evaluator knows until `goal` is reached.
    fn evaluate(
        &mut self,
        pool: &mut Vec<Candidate>,
        goal: usize,
        observer: &mut dyn Observer,
    ) -> Result<(), SearchError> {
        if pool.len() > goal.saturating_sub(self.history.len()) {
            let start = Instant::now();
            let guide = Guide::new(self.replay.best_first(), &self.config.guide);
            let mut rated: Vec<_> = pool.drain(..).map(|one| (guide.promise(&one.graph), one)).collect();
            rated.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            pool.extend(rated.into_iter().map(|(_, candidate)| candidate));
            self.seconds.sample += start.elapsed().as_secs_f64();
        }
        for candidate in pool.drain(..) {
            if self.history.len() >= goal {
                break;
            }
            self.admit(candidate, observer)?;
        }
        Ok(())
    }

    /// Evaluates the graph if the evaluator knows it; counts it as rejected otherwise.
    fn admit(&mut self, candidate: Candidate, observer: &mut dyn Observer) -> Result<(), SearchError> {
        let Candidate { graph, arch, key } = candidate;
        self.seen.insert(key);
        let start = Instant::now();
        let result = self.evaluator.evaluate(&graph, &arch);
        self.seconds.evaluate += start.elapsed().as_secs_f64();
        match result {
            Ok(evaluation) => self.remember(graph, arch, evaluation, observer),
            Err(EvaluateError::NotInTable { .. }) => self.rejected.not_in_table += 1,
            Err(EvaluateError::Child { why, .. }) => self.without_reward(why)?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Counts a child without a reward; after many in a row the search ends.
    fn without_reward(&mut self, why: String) -> Result<(), SearchError> {
        self.rejected.failed += 1;
        self.failed_in_a_row += 1;
        match self.failed_in_a_row {
            failed if failed >= HOPELESS => Err(SearchError::Hopeless { failed, why }),
            _ => Ok(()),
        }
    }

    fn remember(&mut self, graph: Graph, arch: String, evaluation: Evaluation, observer: &mut dyn Observer) {
        let Evaluation { reward, test } = evaluation;
        self.failed_in_a_row = 0;
        let record = Record { evaluation: self.history.len() + 1, arch, reward, test };
        if self.best.as_ref().is_none_or(|best| reward > best.reward) {
            self.best = Some(Best::from(&record));
        }
        if let Some(best) = &self.best {
            observer.evaluated(&record, best);
        }
        self.generator.observe(&graph, reward);
        self.replay.push(graph, reward);
        self.history.push(record);
    }

    fn outcome(&self) -> Result<Outcome, SearchError> {
        let config = &self.config;
        let nothing = || SearchError::Nothing { space: config.space.clone() };
        Ok(Outcome {
            space: config.space.clone(),
            dataset: config.dataset.clone(),
            generator: self.generator.name().into(),
            device: self.device.clone(),
            seed: config.seed,
            evaluations: self.history.len(),
            best: self.best.clone().ok_or_else(nothing)?,
            seconds: self.seconds,
            rejected: self.rejected,
            ended_early: self.ended_early(),
            history: self.history.clone(),
        })
    }

    fn ended_early(&self) -> Option<String> {
        let (done, asked) = (self.history.len(), self.config.evaluations);
        (done < asked).then(|| format!("nothing new could be drawn after {done} of {asked} evaluations"))
    }
}
