//! The search loop: explore or propose, evaluate, update, until the budget of distinct evaluations is spent.

use super::candidates::Policy;
use super::config::Config;
use super::distribution::Distribution;
use super::error::SearchError;
use super::limits::{CostLimits, Sizing};
use super::observer::{Observer, Round};
use super::outcome::{Outcome, Seconds};
use super::replay::Baseline;
use super::state::SearchState;
use super::streams::{Purpose, stream};
use crate::device::Device;
use crate::evaluate::{Evaluator, RewardSource};
use crate::generator::{Generator, PolicyUpdate};
use crate::graph::Graph;
use crate::score::{PoolScorer, StructuralFeatures};
use crate::space::Space;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Instant;

/// Maximum number of nodes drawn to inspect the distribution. The time per node grows with the number of earlier nodes:
/// 21 graphs of RandWire take longer than a policy update.
const INSPECTED_NODES: usize = 2048;

/// One run of the search.
pub struct SearchLoop {
    pub(super) config: Config,
    pub(super) space: Arc<dyn Space>,
    pub(super) evaluator: RewardSource,
    pub(super) generator: Box<dyn Generator>,
    pub(super) limits: Option<CostLimits>,
    pub(super) sizing: Option<Sizing>,
    pub(super) structure: Option<Arc<StructuralFeatures>>,
    /// Scores the exploration pool.
    pub(super) scorer: Option<PoolScorer>,
    /// The exploration pool by descending score; empty until it is needed.
    pub(super) pool: Vec<Graph>,
    /// Device of the latency measurements.
    pub(super) latency_device: Option<Device>,
    pub(super) state: SearchState,
    /// Trains the finalists of a search with proxies; taken when they are trained.
    pub(super) finalist_trainer: Option<Box<dyn Evaluator>>,
    /// Trains architectures from scratch at the end of a search with proxies or shared weights; taken when it starts.
    pub(super) final_trainer: Option<Box<dyn Evaluator>>,
    device: String,
}

impl SearchLoop {
    /// Creates a search over `space` with rewards from `evaluator` and proposals from `generator`.
    pub fn new(
        config: Config,
        space: Arc<dyn Space>,
        evaluator: impl Into<RewardSource>,
        generator: Box<dyn Generator>,
    ) -> Self {
        let state = SearchState::new(Baseline::new(config.replay.baseline, config.replay.baseline_decay));
        let device = "cpu".into();
        Self {
            config,
            space,
            evaluator: evaluator.into(),
            generator,
            limits: None,
            sizing: None,
            structure: None,
            scorer: None,
            pool: Vec::new(),
            latency_device: None,
            state,
            finalist_trainer: None,
            final_trainer: None,
            device,
        }
    }

    /// Sets the device name in the outcome.
    #[must_use]
    pub fn on_device(mut self, device: impl Into<String>) -> Self {
        self.device = device.into();
        self
    }

    /// Sets the cost limits of architectures.
    #[must_use]
    pub fn with_limits(mut self, limits: Option<CostLimits>) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the structural features of architectures, which `guide.prior` requires.
    #[must_use]
    pub fn with_structure(mut self, structure: Option<Arc<StructuralFeatures>>) -> Self {
        self.structure = structure;
        self
    }

    /// Sets the scorer of the exploration pool, which `explore.pool` requires.
    #[must_use]
    pub fn with_pool_scorer(mut self, scorer: Option<PoolScorer>) -> Self {
        self.scorer = scorer;
        self
    }

    /// Reports the cost of every evaluated architecture in this size to the observer.
    #[must_use]
    pub fn with_sizing(mut self, sizing: Sizing) -> Self {
        self.sizing = Some(sizing);
        self
    }

    /// Measures the latency of every evaluated architecture on this device, in the size of [`SearchLoop::with_sizing`],
    /// and reports it to the observer.
    #[must_use]
    pub fn with_latency_device(mut self, device: Option<Device>) -> Self {
        self.latency_device = device;
        self
    }

    /// Sets the evaluator that trains the finalists of a search with proxies for longer.
    #[must_use]
    pub fn with_finalist_trainer(mut self, trainer: Option<Box<dyn Evaluator>>) -> Self {
        self.finalist_trainer = trainer;
        self
    }

    /// Sets the evaluator that trains the best architecture of a search with shared weights or proxies from scratch.
    #[must_use]
    pub fn with_final_trainer(mut self, trainer: Option<Box<dyn Evaluator>>) -> Self {
        self.final_trainer = trainer;
        self
    }

    /// Searches until the budget is spent. The run ends early if the space has no new architecture
    /// ([`Outcome::ended_early`]).
    ///
    /// # Errors
    /// The budget exceeds the evaluator's capacity, the observer stops the search, or the evaluator or generator fails.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome, SearchError> {
        self.check_budget()?;
        self.pretrain_shared(observer)?;
        while self.remaining() > 0 && !self.state.exhausted {
            let before = self.state.seconds;
            let mut round = self.round(observer)?;
            round.seconds = self.state.seconds.since(before);
            observer.round(self, &round);
        }
        let outcome = self.outcome()?;
        self.train_final(outcome, observer)
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Trains the generator on the complete replay set, so that a saved generator includes the last evaluations.
    ///
    /// # Errors
    /// The generator fails.
    pub fn update_generator(&mut self, observer: &mut dyn Observer) -> Result<(), SearchError> {
        self.update(observer).map(|_| ())
    }

    /// Estimates the generator's distribution from `count` samples, fewer for large graphs, without changing the search
    /// state. Returns `None` if there is no learned distribution.
    ///
    /// # Errors
    /// The generator fails.
    pub fn sample_distribution(&mut self, count: usize) -> Result<Option<Distribution>, SearchError> {
        let nodes = self.space.max_nodes();
        let count = count.min((INSPECTED_NODES / nodes).max(1));
        let mut rng = stream(self.config.seed, Purpose::Inspect, self.state.round);
        let drawn = self.generator.inspect(count, &mut rng)?;
        Ok(drawn.map(|drawn| Distribution::of(&drawn, &*self.space)))
    }

    /// The generator in its current state.
    pub fn generator(&self) -> &dyn Generator {
        &*self.generator
    }

    /// Restores the evaluator's history state ([`Evaluator::history_state`]).
    ///
    /// # Errors
    /// The text is not a state of this evaluator.
    pub fn restore_history(&mut self, history_state: &str) -> Result<(), SearchError> {
        self.evaluator.restore_history(history_state).map_err(SearchError::Snapshot)
    }

    /// Whether rewards depend on earlier evaluations, so that recorded rewards of other runs cannot be reused.
    #[must_use]
    pub fn rewards_depend_on_history(&self) -> bool {
        self.config.supernet.enabled || self.evaluator.history_state().is_some()
    }

    /// Number of evaluations so far, including failed ones.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.state.trials()
    }

    /// Number of rounds so far.
    #[must_use]
    pub fn rounds(&self) -> u64 {
        self.state.round
    }

    pub(super) fn stopped(&self) -> SearchError {
        SearchError::Stopped { done: self.state.history.len(), asked: self.config.evaluations }
    }

    fn check_budget(&self) -> Result<(), SearchError> {
        match self.evaluator.capacity() {
            Some(capacity) if capacity < self.config.evaluations => {
                Err(SearchError::Budget { asked: self.config.evaluations, capacity })
            }
            _ => Ok(()),
        }
    }

    fn remaining(&self) -> usize {
        self.config.evaluations.saturating_sub(self.state.history.len())
    }

    /// Runs one round; marks the search as exhausted if there is no new architecture left.
    fn round(&mut self, observer: &mut dyn Observer) -> Result<Round, SearchError> {
        if observer.stop() {
            return Err(self.stopped());
        }
        let start = Instant::now();
        let before = self.state.history.len();
        let goal = before + self.config.batch.min(self.remaining());
        let complete = self.config.batch <= self.remaining();
        let number = self.state.round;
        let explore = &self.config.explore;
        let probability = explore.schedule.probability(explore.value, number).clamp(0.0, 1.0);
        let mut rng = stream(self.config.seed, Purpose::Explore, number);
        let explored = rng.random_bool(probability);
        self.train_shared_round(explored)?;
        let update = self.evaluate_round(goal, explored, &mut rng, observer)?;
        let state = &mut self.state;
        state.round += 1;
        state.baseline.evaluated(state.history[before..].iter().map(|record| record.reward));
        state.exhausted = state.history.len() < goal;
        state.seconds.total += start.elapsed().as_secs_f64();
        let (evaluations, best) = (state.history.len(), state.best.as_ref().map(|best| best.reward));
        let (seconds, rejected) = (Seconds::default(), state.rejected);
        Ok(Round { number, probability, explored, update, seconds, evaluations, best, rejected, complete })
    }

    /// Updates the generator and evaluates graphs from the random policy or the generator until `goal` is reached.
    fn evaluate_round(
        &mut self,
        goal: usize,
        explored: bool,
        explore: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<Option<PolicyUpdate>, SearchError> {
        // Skips an update that the next restart would discard.
        let updates = !explored || !self.config.train.restart;
        let update = if updates { self.timed_update(observer)? } else { None };
        if explored && self.scorer.is_some() && self.config.pool() > 0 {
            self.explore_pool(goal, observer)?;
        } else if explored {
            self.evaluate_from(Policy::Explorer(self.config.explore.explorer), goal, explore, observer)?;
        } else {
            self.estimate_noise(self.config.proxy.repeats, observer)?;
            let mut sample = stream(self.config.seed, Purpose::Sample, self.state.round);
            self.evaluate_from(Policy::Generator, goal, &mut sample, observer)?;
        }
        self.evaluate_fallbacks(goal, explore, observer)?;
        Ok(update)
    }

    fn timed_update(&mut self, observer: &mut dyn Observer) -> Result<Option<PolicyUpdate>, SearchError> {
        let (start, drawn) = (Instant::now(), self.state.seconds.sample);
        let result = self.update(observer);
        // Time for scoring the pool in the first update counts as sampling, not as training.
        let scored = self.state.seconds.sample - drawn;
        self.state.seconds.train += (start.elapsed().as_secs_f64() - scored).max(0.0);
        result
    }

    fn update(&mut self, observer: &mut dyn Observer) -> Result<Option<PolicyUpdate>, SearchError> {
        if !self.generator.learns() {
            return Ok(None);
        }
        let warm_start = self.warm_start_graphs()?;
        let replay = self.state.replay.top_and(&self.config.replay, &warm_start);
        if replay.is_empty() {
            return Ok(None);
        }
        let baseline = self.state.baseline.step(&replay);
        let mut rng = stream(self.config.seed, Purpose::Train, self.state.round);
        let update = self.generator.learn(&replay, baseline, &mut rng)?;
        observer.generator_updated(self.state.round, &update);
        Ok(Some(update))
    }

    fn outcome(&self) -> Result<Outcome, SearchError> {
        let (config, state) = (&self.config, &self.state);
        Ok(Outcome {
            space: self.space.name().to_owned(),
            dataset: config.dataset.clone(),
            generator: self.generator.name().into(),
            device: self.device.clone(),
            seed: config.seed,
            reward: config.reward.clone(),
            evaluations: state.history.len(),
            best: state.best.clone().ok_or_else(|| self.no_evaluation())?,
            seconds: state.seconds,
            rejected: state.rejected,
            ended_early: self.ended_early(),
            supernet: None,
            confirmation: None,
            history: state.history.clone(),
        })
    }

    /// Creates the error of a search without a single evaluation.
    pub(super) fn no_evaluation(&self) -> SearchError {
        SearchError::Nothing { space: self.space.name().to_owned(), why: self.reasons(), remedy: self.remedy() }
    }

    /// Creates the error of a search whose final trainings all failed for these reasons.
    pub(super) fn all_failed(&self, failures: &[String]) -> SearchError {
        match failures.last() {
            Some(why) => SearchError::End { tried: failures.len(), why: why.clone() },
            None => self.no_evaluation(),
        }
    }

    /// Returns the numbers of rejected graphs as text that starts with a colon.
    fn reasons(&self) -> String {
        let reasons = self.state.rejected.reasons(&self.config.limits.keys());
        if reasons.is_empty() { String::new() } else { format!(": of the drawn graphs, {}", reasons.join(", ")) }
    }

    fn remedy(&self) -> String {
        let rejected = &self.state.rejected;
        if rejected.over_limits > 0 {
            return format!("raise {}", self.config.limits.keys().join(" or "));
        }
        if rejected.not_in_table > 0 {
            return "check that the table belongs to the space".to_owned();
        }
        "change explore.explorer".to_owned()
    }

    fn ended_early(&self) -> Option<String> {
        let (done, asked) = (self.state.history.len(), self.config.evaluations);
        (done < asked).then(|| {
            format!("no other architecture could be evaluated after {done} of {asked} evaluations{}", self.reasons())
        })
    }
}
