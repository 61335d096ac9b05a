//! The loop: explore or propose, evaluate, remember, learn, until the budget of distinct evaluations is spent.

use super::config::Config;
use super::distribution::Distribution;
use super::error::SearchError;
use super::gather::Origin;
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
use crate::score::{PoolScorer, Structure};
use crate::space::Space;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Instant;

/// Drawing a node takes the longer, the more there are before it: 21 graphs of RandWire take longer than the update before.
const NODES_LOOKED_AT: usize = 2048;

/// One run of the search.
pub struct SearchLoop {
    pub(super) config: Config,
    pub(super) space: Arc<dyn Space>,
    pub(super) evaluator: RewardSource,
    pub(super) generator: Box<dyn Generator>,
    pub(super) limits: Option<CostLimits>,
    pub(super) sizing: Option<Sizing>,
    pub(super) structure: Option<Arc<Structure>>,
    /// Orders the pool of the exploration.
    pub(super) scorer: Option<PoolScorer>,
    /// That pool, the highest score first; empty before it is needed.
    pub(super) pool: Vec<Graph>,
    /// Where it is measured how long networks take.
    pub(super) latency_device: Option<Device>,
    pub(super) state: SearchState,
    /// Trains the finalists of a search with proxies; gone when it has.
    pub(super) finalists: Option<Box<dyn Evaluator>>,
    /// Trains children from scratch in the end, where rewards are not those of networks of their own; gone when it has.
    pub(super) oracle: Option<Box<dyn Evaluator>>,
    device: String,
}

impl SearchLoop {
    /// A search over `space` with rewards from `evaluator` and proposals from `generator`.
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
            finalists: None,
            oracle: None,
            device,
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

    /// Knows the structural features of architectures, which `guide.prior` needs.
    #[must_use]
    pub fn knowing(mut self, structure: Option<Arc<Structure>>) -> Self {
        self.structure = structure;
        self
    }

    /// Explores the best of a pool by this score, which `explore.pool` needs.
    #[must_use]
    pub fn scoring(mut self, scorer: Option<PoolScorer>) -> Self {
        self.scorer = scorer;
        self
    }

    /// Tells the observer what every evaluated architecture costs in this size.
    #[must_use]
    pub fn sized(mut self, sizing: Sizing) -> Self {
        self.sizing = Some(sizing);
        self
    }

    /// Measures how long the network of every evaluated architecture takes on this device, in the size of
    /// [`SearchLoop::sized`], and tells the observer.
    #[must_use]
    pub fn timed_on(mut self, device: Option<Device>) -> Self {
        self.latency_device = device;
        self
    }

    /// Chooses the best of a search with proxies: has `finalists` train the best few for longer.
    #[must_use]
    pub fn choosing_with(mut self, finalists: Option<Box<dyn Evaluator>>) -> Self {
        self.finalists = finalists;
        self
    }

    /// Ends a search with shared weights or proxies: has `oracle` train the best child from scratch.
    #[must_use]
    pub fn ending_with(mut self, oracle: Option<Box<dyn Evaluator>>) -> Self {
        self.oracle = oracle;
        self
    }

    /// Searches until the budget is spent; a space with nothing new left ends the run early, and the outcome says so.
    ///
    /// # Errors
    /// A budget over what the evaluator holds, an observer that says stop, and failures of evaluator or generator.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome, SearchError> {
        self.check_budget()?;
        self.train_shared(observer)?;
        while self.left() > 0 && !self.state.exhausted {
            let before = self.state.seconds;
            let mut round = self.round(observer)?;
            round.seconds = self.state.seconds.since(before);
            observer.round(self, &round);
        }
        let outcome = self.outcome()?;
        self.conclude(outcome, observer)
    }

    /// What it was configured with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Trains the generator on everything that the search found, so that what is saved knows the last evaluations too.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn update_generator(&mut self, observer: &mut dyn Observer) -> Result<(), SearchError> {
        self.update(observer).map(|_| ())
    }

    /// Draws `count` graphs from the generator to look at its distribution, fewer where graphs are large; it changes
    /// nothing in the search's state. `None` where no distribution is learned.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn sample_distribution(&mut self, count: usize) -> Result<Option<Distribution>, SearchError> {
        let nodes = self.space.parts() * self.space.limits().max_nodes;
        let count = count.min((NODES_LOOKED_AT / nodes).max(1));
        let mut rng = stream(self.config.seed, Purpose::Look, self.state.round);
        let drawn = self.generator.inspect(count, &mut rng)?;
        Ok(drawn.map(|drawn| Distribution::of(&drawn, &*self.space)))
    }

    /// The generator in its present state.
    pub fn generator(&self) -> &dyn Generator {
        &*self.generator
    }

    /// Gives the evaluator back what it remembered after its last evaluation.
    ///
    /// # Errors
    /// A text that it did not write.
    pub fn restore_history(&mut self, memory: &str) -> Result<(), SearchError> {
        self.evaluator.restore_history(memory).map_err(SearchError::Snapshot)
    }

    /// Whether rewards depend on those before them, so that none can be known from elsewhere.
    #[must_use]
    pub fn rewards_depend_on_history(&self) -> bool {
        self.config.supernet.enabled || self.evaluator.history_state().is_some()
    }

    /// Evaluations with and without a reward so far.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.state.trials()
    }

    /// Rounds so far.
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

    fn left(&self) -> usize {
        self.config.evaluations.saturating_sub(self.state.history.len())
    }

    /// One round; the search is exhausted when there is nothing new left to evaluate.
    fn round(&mut self, observer: &mut dyn Observer) -> Result<Round, SearchError> {
        if observer.stop() {
            return Err(self.stopped());
        }
        let start = Instant::now();
        let before = self.state.history.len();
        let goal = before + self.config.batch.min(self.left());
        let whole = self.config.batch <= self.left();
        let number = self.state.round;
        let explore = &self.config.explore;
        let probability = explore.schedule.probability(explore.value, number).clamp(0.0, 1.0);
        let mut rng = stream(self.config.seed, Purpose::Explore, number);
        let explored = rng.random_bool(probability);
        self.renew(explored)?;
        let update = self.fill(goal, explored, &mut rng, observer)?;
        let state = &mut self.state;
        state.round += 1;
        state.baseline.evaluated(state.history[before..].iter().map(|record| record.reward));
        state.exhausted = state.history.len() < goal;
        state.seconds.total += start.elapsed().as_secs_f64();
        let (evaluations, best) = (state.history.len(), state.best.as_ref().map(|best| best.reward));
        let (seconds, rejected) = (Seconds::default(), state.rejected);
        Ok(Round { number, probability, explored, update, seconds, evaluations, best, rejected, whole })
    }

    /// Evaluates what the explorer or the generator draws until `goal` is reached.
    fn fill(
        &mut self,
        goal: usize,
        explored: bool,
        explore: &mut ChaCha8Rng,
        observer: &mut dyn Observer,
    ) -> Result<Option<PolicyUpdate>, SearchError> {
        // An update that the next restart throws away is not worth its time.
        let updates = !explored || !self.config.train.restart;
        let update = if updates { self.timed_update(observer)? } else { None };
        if explored && self.scorer.is_some() && self.config.pool() > 0 {
            self.explore_pool(goal, observer)?;
        } else if explored {
            let origin = Origin::Explorer(self.config.explore.explorer);
            self.gather(origin, goal, explore, observer)?;
        } else {
            self.estimate_noise(self.config.proxy.repeats, observer)?;
            let mut sample = stream(self.config.seed, Purpose::Sample, self.state.round);
            self.gather(Origin::Generator, goal, &mut sample, observer)?;
        }
        self.fall_back(goal, explore, observer)?;
        Ok(update)
    }

    fn timed_update(&mut self, observer: &mut dyn Observer) -> Result<Option<PolicyUpdate>, SearchError> {
        let (start, drawn) = (Instant::now(), self.state.seconds.sample);
        let result = self.update(observer);
        // A pool that is scored for the first update counts as drawing.
        let scored = self.state.seconds.sample - drawn;
        self.state.seconds.train += (start.elapsed().as_secs_f64() - scored).max(0.0);
        result
    }

    fn update(&mut self, observer: &mut dyn Observer) -> Result<Option<PolicyUpdate>, SearchError> {
        if !self.generator.learns() {
            return Ok(None);
        }
        let promising = self.promising()?;
        let replay = self.state.replay.top_and(&self.config.replay, &promising);
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
        let nothing = || self.nothing();
        Ok(Outcome {
            space: config.space.clone(),
            dataset: config.dataset.clone(),
            generator: self.generator.name().into(),
            device: self.device.clone(),
            seed: config.seed,
            evaluations: state.history.len(),
            best: state.best.clone().ok_or_else(nothing)?,
            seconds: state.seconds,
            rejected: state.rejected,
            ended_early: self.ended_early(),
            supernet: None,
            confirmation: None,
            history: state.history.clone(),
        })
    }

    /// The error of a search without a single evaluation.
    pub(super) fn nothing(&self) -> SearchError {
        SearchError::Nothing { space: self.config.space.clone(), why: self.reasons(), remedy: self.remedy() }
    }

    /// The error of a search whose best architectures all failed when they were trained in the end, for these reasons.
    pub(super) fn none_trained(&self, failures: &[String]) -> SearchError {
        match failures.last() {
            Some(why) => SearchError::End { tried: failures.len(), why: why.clone() },
            None => self.nothing(),
        }
    }

    /// What became of the draws, behind a colon.
    fn reasons(&self) -> String {
        let reasons = self.state.rejected.reasons(&self.config.limits.keys());
        if reasons.is_empty() { String::new() } else { format!(": of those drawn, {}", reasons.join(", ")) }
    }

    fn remedy(&self) -> String {
        let rejected = &self.state.rejected;
        if rejected.over_limits > 0 {
            return format!("raise {}", self.config.limits.keys().join(" or "));
        }
        if rejected.not_in_table > 0 {
            return "check that the table belongs to the space".to_owned();
        }
        "choose another explorer".to_owned()
    }

    fn ended_early(&self) -> Option<String> {
        let (done, asked) = (self.state.history.len(), self.config.evaluations);
        (done < asked).then(|| {
            format!("no other architecture could be evaluated after {done} of {asked} evaluations{}", self.reasons())
        })
    }
}
