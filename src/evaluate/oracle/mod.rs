//! The oracle: trains each architecture from scratch for a short, fixed budget (docs/method.md section 4).

mod config;

pub use config::OracleConfig;

use super::{EvaluateError, Evaluation, Evaluator, Upcoming};
use crate::data::{Dataset, Fingerprint};
use crate::device::Device;
use crate::graph::Graph;
use crate::parallel;
use crate::space::Space;
use crate::train::{EpochRecord, HeldOut, Model, Parts, Recipe, Score, Silent, TrainError, Trainer, Until, Watcher};
use md5::{Digest, Md5};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// Trains architectures on images; the reward is the accuracy on held-out ones, in percent.
pub struct Oracle {
    training: Training,
    known: HashMap<String, Evaluation>,
    /// What was trained before it was asked for, by key.
    ahead: HashMap<String, Ahead>,
    /// Scores at each rung.
    rungs: Rungs,
    /// The child that was trained last.
    trained: Option<Trainer>,
    /// How long the last evaluation took by itself.
    seconds: Option<f64>,
    watcher: Mutex<Box<dyn Watcher>>,
    name: String,
}

/// Scores of the networks at each rung of successive halving, one network at a time (Li et al. 2020, ASHA): after `first_rung`,
/// `first_rung * reduction_factor`, ... epochs a network continues only if it is among the best 1/`reduction_factor` so far.
type Rungs = Vec<Vec<f64>>;

/// What came of a training before it was asked for, and how long it took in seconds.
struct Ahead {
    found: Result<Evaluation, EvaluateError>,
    seconds: f64,
}

/// What all children are trained with.
struct Training {
    space: Arc<dyn Space>,
    data: Arc<Dataset>,
    fingerprint: OnceLock<Fingerprint>,
    config: OracleConfig,
    recipe: Recipe,
    /// Whether trained networks are evaluated on test images too.
    with_test: bool,
    /// Networks that are trained at the same time ([`Evaluator::prepare`]).
    at_once: usize,
    /// The run's seed; it fixes the held-out images, and with the architecture the weights and batches of a network.
    seed: u64,
    device: Device,
}

/// A watcher of several trainings at once.
struct Watched<'a>(&'a Mutex<Box<dyn Watcher>>);

impl Watched<'_> {
    fn inner(&self) -> MutexGuard<'_, Box<dyn Watcher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Watched<'_> {
    fn stepped(&mut self, epoch: usize, step: usize, images: usize, score: Score) {
        self.inner().stepped(epoch, step, images, score);
    }

    fn finished(&mut self, record: &EpochRecord) {
        self.inner().finished(record);
    }

    fn stop(&mut self) -> bool {
        self.inner().stop()
    }
}

impl Oracle {
    /// An oracle on a data set; a batch larger than it is lowered.
    ///
    /// # Errors
    /// A fraction of held-out images that leaves none to train on.
    pub fn new(
        space: Arc<dyn Space>,
        data: Arc<Dataset>,
        config: &OracleConfig,
        seed: u64,
        device: Device,
    ) -> Result<Self, TrainError> {
        let [images, _] = Parts::sizes(&data, config.validation, seed)?;
        let config = OracleConfig { batch: config.batch.min(images), ..config.clone() };
        let recipe = config.fitted_recipe();
        Parts::new(&data, &recipe, config.validation, seed, seed)?;
        let name = format!("validation accuracy after {}", config.budget());
        let (fingerprint, with_test, at_once) = (OnceLock::new(), true, 1);
        let training = Training { space, data, fingerprint, config, recipe, with_test, at_once, seed, device };
        let watcher: Mutex<Box<dyn Watcher>> = Mutex::new(Box::new(Silent));
        let (known, ahead, rungs) = (HashMap::new(), HashMap::new(), Rungs::new());
        Ok(Self { training, known, ahead, rungs, trained: None, seconds: None, watcher, name })
    }

    /// Trains by this recipe in place of the named one.
    #[must_use]
    pub fn with_recipe(mut self, recipe: Recipe) -> Self {
        self.training.recipe = recipe;
        self
    }

    /// Does not evaluate trained networks on test images.
    #[must_use]
    pub fn without_test(mut self) -> Self {
        self.training.with_test = false;
        self
    }

    /// Trains this many networks at the same time where several are known to come ([`Evaluator::prepare`]). Rewards do not depend
    /// on it.
    #[must_use]
    pub fn at_once(mut self, networks: usize) -> Self {
        self.training.at_once = networks;
        self
    }

    /// Tells every step of every child.
    #[must_use]
    pub fn watched_by(mut self, watcher: impl Watcher + 'static) -> Self {
        self.watcher = Mutex::new(Box::new(watcher));
        self
    }

    /// The key of a training: that of its architecture, and which repeat it is.
    fn key(&self, graph: &Graph, arch: &str, repeat: usize) -> Result<String, EvaluateError> {
        let invalid = |source| EvaluateError::Invalid { arch: arch.into(), source };
        let key = self.training.space.canonical(graph).map_err(invalid)?;
        Ok(if repeat == 0 { key } else { format!("{key}#{repeat}") })
    }

    /// What training the architecture came to, now or before it was asked for.
    fn find(&mut self, key: String, arch: &str) -> Result<Evaluation, EvaluateError> {
        // The device has room for one child, not for the last one too.
        (self.trained, self.seconds) = (None, None);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let evaluation = if let Some(Ahead { found, seconds }) = self.ahead.remove(&key) {
            self.seconds = Some(seconds);
            found?
        } else {
            let trained = self.training.train(&key, arch, &mut self.rungs, &mut Watched(&self.watcher));
            let (evaluation, trainer) = trained.map_err(|error| told(error, arch))?;
            self.trained = Some(trainer);
            evaluation
        };
        self.known.insert(key, evaluation);
        Ok(evaluation)
    }

    /// Those that have neither been trained nor failed, with their keys.
    fn fresh<'a>(&self, coming: &[Upcoming<'a>]) -> Vec<(String, &'a str)> {
        let keyed =
            |&Upcoming { graph, arch, repeat }: &Upcoming<'a>| Some((self.key(graph, arch, repeat).ok()?, arch));
        let mut fresh: Vec<_> = coming.iter().filter_map(keyed).collect();
        fresh.retain(|(key, _)| !self.known.contains_key(key) && !self.ahead.contains_key(key));
        fresh
    }
}

impl Training {
    /// One of several concurrent trainings, without successive halving; its error is returned when its result is asked for.
    fn train_ahead(&self, key: &str, arch: &str, watcher: &mut Watched<'_>) -> Result<Ahead, EvaluateError> {
        let begun = Instant::now();
        let trained = parallel::single_threaded(|| {
            let trained = self.train(key, arch, &mut Rungs::new(), watcher);
            trained.map(|(evaluation, _)| evaluation).map_err(|error| told(error, arch))
        });
        match trained.map_err(|error| EvaluateError::Failed { arch: arch.into(), source: Box::new(error) })? {
            Err(error @ EvaluateError::Stopped { .. }) => Err(error),
            found => Ok(Ahead { found, seconds: begun.elapsed().as_secs_f64() }),
        }
    }

    fn train(
        &self,
        key: &str,
        arch: &str,
        rungs: &mut Rungs,
        watcher: &mut dyn Watcher,
    ) -> Result<(Evaluation, Trainer), TrainError> {
        let (OracleConfig { channels, cells, validation, .. }, recipe, seed) =
            (self.config.clone(), &self.recipe, self.seed);
        let child_seed = seed_of(seed, key);
        let parts = Parts::new(&self.data, recipe, validation, seed, child_seed)?;
        let (normal, data) =
            (Some(parts.normal.clone()), Some(self.fingerprint.get_or_init(|| self.data.fingerprint()).clone()));
        let model = Model { channels, cells, normal, data, ..Model::new(self.space.name(), arch, parts.task)? };
        let mut trainer =
            Trainer::new(model, recipe.clone(), child_seed, &self.device)?.evaluating_every(recipe.epochs);
        trainer = trainer.holding_out(HeldOut { fraction: validation, seed });
        let reward = match self.halved(&mut trainer, &parts, rungs, watcher)? {
            Some(reward) => reward,
            None => self.finish(&mut trainer, &parts, watcher)?,
        };
        let test = if self.with_test { Some(trainer.evaluate_per_class(&parts.test)?.score.accuracy) } else { None };
        Ok((Evaluation { reward, test }, trainer))
    }

    /// Trains for the whole budget; the child's score.
    fn finish(&self, trainer: &mut Trainer, parts: &Parts, watcher: &mut dyn Watcher) -> Result<f64, TrainError> {
        go_on(trainer, parts, self.config.until(), watcher)?;
        let held_out = parts.validation.as_ref().unwrap_or(&parts.test);
        Ok(match trainer.history().last().and_then(|record| record.validation) {
            // Only the last epoch of a training has one.
            Some(score) => score.accuracy,
            None => trainer.evaluate(held_out)?.accuracy,
        })
    }

    /// Trains from rung to rung; the score of a network that is stopped early.
    fn halved(
        &self,
        trainer: &mut Trainer,
        parts: &Parts,
        rungs: &mut Rungs,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<f64>, TrainError> {
        let OracleConfig { reduction_factor, first_rung, .. } = self.config;
        let held_out = match &parts.validation {
            Some(held_out) if reduction_factor > 1 => held_out,
            _ => return Ok(None),
        };
        let (mut epochs, mut rung) = (first_rung.max(1), 0);
        while epochs < self.recipe.epochs {
            go_on(trainer, parts, Until::Epoch(epochs), watcher)?;
            let score = trainer.evaluate(held_out)?.accuracy;
            if rungs.len() <= rung {
                rungs.push(Vec::new());
            }
            if !is_promoted(&mut rungs[rung], score, reduction_factor) {
                return Ok(Some(score));
            }
            (epochs, rung) = (epochs.saturating_mul(reduction_factor), rung + 1);
        }
        Ok(None)
    }
}

fn go_on(trainer: &mut Trainer, parts: &Parts, until: Until, watcher: &mut dyn Watcher) -> Result<(), TrainError> {
    trainer.run(parts, until, watcher)?;
    if watcher.stop() { Err(TrainError::Stopped) } else { Ok(()) }
}

/// Adds a score to a rung and returns whether it is among the best 1/`factor`; the first `factor` - 1 always are.
fn is_promoted(scores: &mut Vec<f64>, score: f64, factor: usize) -> bool {
    scores.push(score);
    let better = scores.iter().filter(|other| **other > score).count();
    scores.len() < factor || better < scores.len() / factor
}

/// What a training's error means for the search.
fn told(error: TrainError, arch: &str) -> EvaluateError {
    match error {
        TrainError::Stopped => EvaluateError::Stopped { arch: arch.into() },
        TrainError::Diverged { .. } | TrainError::NoNumber | TrainError::Child(_) => {
            EvaluateError::Child { arch: arch.into(), why: error.to_string() }
        }
        // Others may be smaller.
        TrainError::Tape(of) if of.is_out_of_memory() => {
            EvaluateError::Child { arch: arch.into(), why: of.to_string() }
        }
        error => EvaluateError::Failed { arch: arch.into(), source: Box::new(error) },
    }
}

/// The seed of a child: one for each run and architecture, whenever in the run it comes.
fn seed_of(run: u64, key: &str) -> u64 {
    let digest = Md5::new().chain_update(run.to_le_bytes()).chain_update(key).finalize();
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

impl Evaluator for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        self.find(self.key(graph, arch, 0)?, arch)
    }

    fn evaluate_repeat(&mut self, graph: &Graph, arch: &str, repeat: usize) -> Result<Evaluation, EvaluateError> {
        self.find(self.key(graph, arch, repeat)?, arch)
    }

    fn prepare(&mut self, coming: &[Upcoming<'_>]) -> Result<(), EvaluateError> {
        let (at_once, halves) = (self.training.at_once, self.training.config.reduction_factor > 1);
        let fresh = self.fresh(coming);
        // With successive halving a reward depends on those before it.
        if at_once < 2 || fresh.len() < 2 || halves {
            return Ok(());
        }
        self.trained = None;
        let (training, watcher) = (&self.training, &self.watcher);
        let found = parallel::each(fresh.len(), at_once, |place| {
            let (key, arch) = &fresh[place];
            training.train_ahead(key, arch, &mut Watched(watcher))
        })?;
        self.ahead.extend(fresh.into_iter().map(|(key, _)| key).zip(found));
        Ok(())
    }

    fn seconds(&self) -> Option<f64> {
        self.seconds
    }

    fn is_slow(&self) -> bool {
        true
    }

    fn seed(&self, key: &str) -> Option<u64> {
        Some(seed_of(self.training.seed, key))
    }

    fn trained(&self) -> Option<&Trainer> {
        self.trained.as_ref()
    }

    fn history_state(&self) -> Option<String> {
        // Without successive halving a reward depends on its architecture alone.
        if self.training.config.reduction_factor > 1 { serde_json::to_string(&self.rungs).ok() } else { None }
    }

    fn restore_history(&mut self, memory: &str) -> Result<(), String> {
        self.rungs = serde_json::from_str(memory).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn reward_name(&self) -> &str {
        &self.name
    }

    fn test_name(&self) -> &str {
        "test accuracy of the same network"
    }
}

#[cfg(test)]
mod tests {
    use super::{is_promoted, seed_of};

    #[test]
    fn one_in_the_reduction_factor_is_promoted() {
        let mut scores = Vec::new();
        let went: Vec<_> = [50.0, 40.0, 30.0, 60.0, 55.0, 70.0].map(|score| is_promoted(&mut scores, score, 3)).into();
        // The first two always; then the best of three, of four, of five, and the two best of six.
        assert_eq!(went, [true, true, false, true, false, true]);
    }

    #[test]
    fn seeds_differ_by_run_and_architecture() {
        let seeds = [seed_of(1, "a"), seed_of(1, "b"), seed_of(2, "a"), seed_of(1, "a")];
        assert!(seeds[0] != seeds[1] && seeds[0] != seeds[2] && seeds[0] == seeds[3]);
    }
}
