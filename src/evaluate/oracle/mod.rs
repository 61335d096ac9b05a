//! The oracle: trains each architecture from scratch with a short, fixed budget (docs/method.md section 4).

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

/// Trains architectures on images; the reward is the accuracy on held-out images in percent.
pub struct Oracle {
    training: Training,
    /// Results of earlier evaluations by key.
    cache: HashMap<String, Evaluation>,
    /// Results of concurrent trainings that were not requested yet, by key.
    prepared: HashMap<String, Prepared>,
    /// Scores at each rung.
    rungs: Rungs,
    /// The network that was trained last.
    trained: Option<Trainer>,
    /// Training seconds of the last evaluation, if it was prepared.
    seconds: Option<f64>,
    watcher: Mutex<Box<dyn Watcher>>,
    name: String,
}

/// Scores of networks at each rung of successive halving, one network at a time (Li et al. 2020, ASHA). After
/// `first_rung`, `first_rung * reduction_factor`, ... epochs, a network continues only if it is among the best
/// 1/`reduction_factor` so far.
type Rungs = Vec<Vec<f64>>;

/// The result of a concurrent training and its duration in seconds.
struct Prepared {
    result: Result<Evaluation, EvaluateError>,
    seconds: f64,
}

/// The settings of all trainings.
struct Training {
    space: Arc<dyn Space>,
    data: Arc<Dataset>,
    fingerprint: OnceLock<Fingerprint>,
    config: OracleConfig,
    recipe: Recipe,
    /// Whether networks are also evaluated on test images.
    with_test: bool,
    /// Number of concurrent trainings ([`Evaluator::prepare`]).
    concurrency: usize,
    /// The run's seed, which determines the held-out images and, with the architecture, the weights and batches.
    seed: u64,
    device: Device,
}

/// A watcher that concurrent trainings share.
struct SharedWatcher<'a>(&'a Mutex<Box<dyn Watcher>>);

impl SharedWatcher<'_> {
    fn inner(&self) -> MutexGuard<'_, Box<dyn Watcher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for SharedWatcher<'_> {
    fn step_finished(&mut self, epoch: usize, step: usize, images: usize, score: Score) {
        self.inner().step_finished(epoch, step, images, score);
    }

    fn epoch_finished(&mut self, record: &EpochRecord) {
        self.inner().epoch_finished(record);
    }

    fn stop(&mut self) -> bool {
        self.inner().stop()
    }
}

impl Oracle {
    /// Creates an oracle on a data set; reduces the batch size to the number of training images.
    ///
    /// # Errors
    /// The held-out fraction leaves no training images.
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
        let (fingerprint, with_test, concurrency) = (OnceLock::new(), true, 1);
        let training = Training { space, data, fingerprint, config, recipe, with_test, concurrency, seed, device };
        let watcher: Mutex<Box<dyn Watcher>> = Mutex::new(Box::new(Silent));
        let (cache, prepared, rungs) = (HashMap::new(), HashMap::new(), Rungs::new());
        Ok(Self { training, cache, prepared, rungs, trained: None, seconds: None, watcher, name })
    }

    /// Sets the recipe in place of the named one.
    #[must_use]
    pub fn with_recipe(mut self, recipe: Recipe) -> Self {
        (self.training.config.epochs, self.training.config.batch) = (recipe.epochs, recipe.batch);
        self.training.recipe = recipe;
        self
    }

    /// Disables the evaluation on test images.
    #[must_use]
    pub fn without_test(mut self) -> Self {
        self.training.with_test = false;
        self
    }

    /// Sets the number of concurrent trainings of upcoming architectures ([`Evaluator::prepare`]). Rewards do not
    /// depend on it.
    #[must_use]
    pub fn with_concurrency(mut self, networks: usize) -> Self {
        self.training.concurrency = networks;
        self
    }

    /// Sets the watcher of all training steps.
    #[must_use]
    pub fn with_watcher(mut self, watcher: impl Watcher + 'static) -> Self {
        self.watcher = Mutex::new(Box::new(watcher));
        self
    }

    /// Returns the key of a training: the architecture's key with the number of the repeat.
    fn key(&self, graph: &Graph, arch: &str, repeat: usize) -> Result<String, EvaluateError> {
        let invalid = |source| EvaluateError::Invalid { arch: arch.into(), source };
        let key = self.training.space.canonical(graph).map_err(invalid)?;
        Ok(if repeat == 0 { key } else { format!("{key}#{repeat}") })
    }

    /// Returns the cached or prepared result, or trains the architecture.
    fn evaluate_key(&mut self, key: String, arch: &str) -> Result<Evaluation, EvaluateError> {
        // Frees the previous network, because the device may not have memory for two.
        (self.trained, self.seconds) = (None, None);
        if let Some(evaluation) = self.cache.get(&key) {
            return Ok(*evaluation);
        }
        let evaluation = if let Some(Prepared { result, seconds }) = self.prepared.remove(&key) {
            self.seconds = Some(seconds);
            result?
        } else {
            let trained = self.training.train(&key, arch, &mut self.rungs, &mut SharedWatcher(&self.watcher));
            let (evaluation, trainer) = trained.map_err(|error| evaluate_error(error, arch))?;
            self.trained = Some(trainer);
            evaluation
        };
        self.cache.insert(key, evaluation);
        Ok(evaluation)
    }

    /// Returns the upcoming architectures without a result, with their keys.
    fn untrained<'a>(&self, upcoming: &[Upcoming<'a>]) -> Vec<(String, &'a str)> {
        let keyed =
            |&Upcoming { graph, arch, repeat }: &Upcoming<'a>| Some((self.key(graph, arch, repeat).ok()?, arch));
        let mut untrained: Vec<_> = upcoming.iter().filter_map(keyed).collect();
        untrained.retain(|(key, _)| !self.cache.contains_key(key) && !self.prepared.contains_key(key));
        untrained
    }
}

impl Training {
    /// Runs one of several concurrent trainings, without successive halving. The result includes an error of the
    /// architecture, which is returned when the architecture is evaluated.
    fn train_concurrently(
        &self,
        key: &str,
        arch: &str,
        watcher: &mut SharedWatcher<'_>,
    ) -> Result<Prepared, EvaluateError> {
        let start = Instant::now();
        let trained = parallel::single_threaded(|| {
            let trained = self.train(key, arch, &mut Rungs::new(), watcher);
            trained.map(|(evaluation, _)| evaluation).map_err(|error| evaluate_error(error, arch))
        });
        match trained.map_err(|error| EvaluateError::Failed { arch: arch.into(), source: Box::new(error) })? {
            Err(error @ EvaluateError::Stopped { .. }) => Err(error),
            result => Ok(Prepared { result, seconds: start.elapsed().as_secs_f64() }),
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
        let network_seed = training_seed(seed, key);
        let parts = Parts::new(&self.data, recipe, validation, seed, network_seed)?;
        let (normal, data) =
            (Some(parts.normal.clone()), Some(self.fingerprint.get_or_init(|| self.data.fingerprint()).clone()));
        let model = Model { channels, cells, normal, data, ..Model::new(self.space.reference(), arch, parts.task)? };
        let mut trainer =
            Trainer::new(model, recipe.clone(), network_seed, &self.device)?.evaluating_every(recipe.epochs);
        trainer = trainer.holding_out(HeldOut { fraction: validation, seed });
        let reward = match self.train_to_rungs(&mut trainer, &parts, rungs, watcher)? {
            Some(reward) => reward,
            None => self.train_fully(&mut trainer, &parts, watcher)?,
        };
        let test = if self.with_test { Some(trainer.evaluate_per_class(&parts.test)?.score.accuracy) } else { None };
        Ok((Evaluation { reward, test }, trainer))
    }

    /// Trains for the complete budget; returns the accuracy on held-out images.
    fn train_fully(&self, trainer: &mut Trainer, parts: &Parts, watcher: &mut dyn Watcher) -> Result<f64, TrainError> {
        train_until(trainer, parts, self.config.until(), watcher)?;
        let held_out = parts.validation.as_ref().unwrap_or(&parts.test);
        Ok(match trainer.history().last().and_then(|record| record.validation) {
            // Only the last epoch is evaluated.
            Some(score) => score.accuracy,
            None => trainer.evaluate(held_out)?.accuracy,
        })
    }

    /// Trains from rung to rung; returns the accuracy if successive halving stops the network early.
    fn train_to_rungs(
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
            train_until(trainer, parts, Until::Epoch(epochs), watcher)?;
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

fn train_until(
    trainer: &mut Trainer,
    parts: &Parts,
    until: Until,
    watcher: &mut dyn Watcher,
) -> Result<(), TrainError> {
    trainer.run(parts, until, watcher)?;
    if watcher.stop() { Err(TrainError::Stopped) } else { Ok(()) }
}

/// Adds a score to a rung and returns whether it is among the best 1/`factor`; the first `factor` - 1 scores always
/// are.
fn is_promoted(scores: &mut Vec<f64>, score: f64, factor: usize) -> bool {
    scores.push(score);
    let better = scores.iter().filter(|other| **other > score).count();
    scores.len() < factor || better < scores.len() / factor
}

/// Converts a training error to an evaluation error.
fn evaluate_error(error: TrainError, arch: &str) -> EvaluateError {
    match error {
        TrainError::Stopped => EvaluateError::Stopped { arch: arch.into() },
        TrainError::Diverged { .. } | TrainError::NotFinite | TrainError::Child(_) => {
            EvaluateError::Child { arch: arch.into(), why: error.to_string() }
        }
        // Concerns this architecture only, because others may be smaller.
        TrainError::Tape(source) if source.is_out_of_memory() => {
            EvaluateError::Child { arch: arch.into(), why: source.to_string() }
        }
        error => EvaluateError::Failed { arch: arch.into(), source: Box::new(error) },
    }
}

/// Derives the training seed from the run's seed and the key, independent of the order of evaluations.
fn training_seed(run: u64, key: &str) -> u64 {
    let digest = Md5::new().chain_update(run.to_le_bytes()).chain_update(key).finalize();
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

impl Evaluator for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn evaluate(&mut self, graph: &Graph, arch: &str) -> Result<Evaluation, EvaluateError> {
        self.evaluate_key(self.key(graph, arch, 0)?, arch)
    }

    fn evaluate_repeat(&mut self, graph: &Graph, arch: &str, repeat: usize) -> Result<Evaluation, EvaluateError> {
        self.evaluate_key(self.key(graph, arch, repeat)?, arch)
    }

    fn prepare(&mut self, upcoming: &[Upcoming<'_>]) -> Result<(), EvaluateError> {
        let (concurrency, halving) = (self.training.concurrency, self.training.config.reduction_factor > 1);
        let untrained = self.untrained(upcoming);
        // With successive halving, a reward depends on earlier rewards.
        if concurrency < 2 || untrained.len() < 2 || halving {
            return Ok(());
        }
        self.trained = None;
        let (training, watcher) = (&self.training, &self.watcher);
        let results = parallel::each(untrained.len(), concurrency, |index| {
            let (key, arch) = &untrained[index];
            training.train_concurrently(key, arch, &mut SharedWatcher(watcher))
        })?;
        self.prepared.extend(untrained.into_iter().map(|(key, _)| key).zip(results));
        Ok(())
    }

    fn seconds(&self) -> Option<f64> {
        self.seconds
    }

    fn is_slow(&self) -> bool {
        true
    }

    fn seed(&self, key: &str) -> Option<u64> {
        Some(training_seed(self.training.seed, key))
    }

    fn trained(&self) -> Option<&Trainer> {
        self.trained.as_ref()
    }

    fn history_state(&self) -> Option<String> {
        // Without successive halving, a reward depends on its architecture only.
        if self.training.config.reduction_factor > 1 { serde_json::to_string(&self.rungs).ok() } else { None }
    }

    fn restore_history(&mut self, history_state: &str) -> Result<(), String> {
        self.rungs = serde_json::from_str(history_state).map_err(|error| error.to_string())?;
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
    use super::{is_promoted, training_seed};

    #[test]
    fn one_in_the_reduction_factor_is_promoted() {
        let mut scores = Vec::new();
        let promoted: Vec<_> =
            [50.0, 40.0, 30.0, 60.0, 55.0, 70.0].map(|score| is_promoted(&mut scores, score, 3)).into();
        // The first two are always promoted, then the best of three, four and five, then the best two of six.
        assert_eq!(promoted, [true, true, false, true, false, true]);
    }

    #[test]
    fn seeds_differ_by_run_and_architecture() {
        let seeds = [training_seed(1, "a"), training_seed(1, "b"), training_seed(2, "a"), training_seed(1, "a")];
        assert!(seeds[0] != seeds[1] && seeds[0] != seeds[2] && seeds[0] == seeds[3]);
    }
}
