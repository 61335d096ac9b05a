//! The oracle: trains each architecture from scratch for a short, fixed budget (METHOD section 4).

use super::{EvaluateError, Evaluation, Evaluator};
use crate::data::{Dataset, Fingerprint};
use crate::device::Device;
use crate::graph::Graph;
use crate::space::Space;
use crate::train::{HeldOut, Model, Parts, Recipe, Silent, TrainError, Trainer, Until, Watcher};
use md5::{Digest, Md5};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What every child of a search is trained with.
#[derive(Debug, Clone, PartialEq)]
pub struct OracleSettings {
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// How it is trained.
    pub recipe: Recipe,
    /// When its training ends, at the latest with the recipe's epochs.
    pub until: Until,
    /// Part of the training images that the reward is measured on.
    pub validation: f64,
    /// Stops children early that fall behind.
    pub halving: Option<Halving>,
    /// The run's seed; it fixes the held-out images, and with the architecture the child's weights and batches.
    pub seed: u64,
}

/// Successive halving, one child at a time (Li et al. 2020, ASHA): after `first`, `first * eta`, `first * eta^2` .. epochs
/// a child goes on only if it is among the best 1/eta of those that came so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halving {
    /// Epochs before the first look.
    pub first: usize,
    /// One child in so many goes on.
    pub eta: usize,
}

/// Trains architectures on images; the reward is the accuracy on held-out ones, in percent.
pub struct Oracle {
    space: Arc<dyn Space>,
    data: Arc<Dataset>,
    fingerprint: OnceLock<Fingerprint>,
    settings: OracleSettings,
    device: Device,
    known: HashMap<String, Evaluation>,
    /// What children scored at each look of the halving.
    looks: Vec<Vec<f64>>,
    /// The child that was trained last.
    trained: Option<Trainer>,
    watcher: Box<dyn Watcher>,
    name: String,
}

impl Oracle {
    /// An oracle on a data set.
    ///
    /// # Errors
    /// Images that do not suit the recipe, such as fewer than a batch.
    pub fn new(
        space: Arc<dyn Space>,
        data: Arc<Dataset>,
        settings: OracleSettings,
        device: Device,
    ) -> Result<Self, TrainError> {
        Parts::new(&data, &settings.recipe, settings.validation, settings.seed, settings.seed)?;
        let name = match settings.until {
            Until::Epoch(_) => format!("validation accuracy after {} epochs", settings.recipe.epochs),
            Until::Step(steps) => format!("validation accuracy after {steps} steps"),
            Until::Time(time) => format!("validation accuracy after {} s", time.as_secs_f64()),
        };
        let (known, looks, watcher) = (HashMap::new(), Vec::new(), Box::new(Silent));
        let fingerprint = OnceLock::new();
        Ok(Self { space, data, fingerprint, settings, device, known, looks, trained: None, watcher, name })
    }

    /// Tells every step of every child.
    #[must_use]
    pub fn watched_by(mut self, watcher: impl Watcher + 'static) -> Self {
        self.watcher = Box::new(watcher);
        self
    }

    fn train(&mut self, arch: &str, child_seed: u64) -> Result<(Evaluation, Trainer), TrainError> {
        let OracleSettings { channels, cells, recipe, validation, seed, .. } = self.settings.clone();
        let parts = Parts::new(&self.data, &recipe, validation, seed, child_seed)?;
        let (normal, data) =
            (Some(parts.normal.clone()), Some(self.fingerprint.get_or_init(|| self.data.fingerprint()).clone()));
        let model = Model { channels, cells, normal, data, ..Model::new(self.space.name(), arch, parts.task)? };
        let mut trainer =
            Trainer::new(model, recipe.clone(), child_seed, &self.device)?.evaluating_every(recipe.epochs);
        trainer = trainer.holding_out(HeldOut { share: validation, seed });
        let reward = match self.halved(&mut trainer, &parts)? {
            Some(reward) => reward,
            None => self.finish(&mut trainer, &parts)?,
        };
        let test = Some(trainer.examine(&parts.test)?.score.accuracy);
        Ok((Evaluation { reward, test }, trainer))
    }

    /// Trains for the whole budget; the child's score.
    fn finish(&mut self, trainer: &mut Trainer, parts: &Parts) -> Result<f64, TrainError> {
        self.go_on(trainer, parts, self.settings.until)?;
        let held_out = parts.validation.as_ref().unwrap_or(&parts.test);
        Ok(match trainer.history().last().and_then(|record| record.validation) {
            // Only the last epoch of a training has one.
            Some(score) => score.accuracy,
            None => trainer.evaluate(held_out)?.accuracy,
        })
    }

    fn go_on(&mut self, trainer: &mut Trainer, parts: &Parts, until: Until) -> Result<(), TrainError> {
        trainer.run(parts, until, &mut *self.watcher)?;
        if self.watcher.stop() { Err(TrainError::Stopped) } else { Ok(()) }
    }

    /// Trains from look to look; the score of a child that does not go on.
    fn halved(&mut self, trainer: &mut Trainer, parts: &Parts) -> Result<Option<f64>, TrainError> {
        let (Some(Halving { first, eta }), Some(held_out)) = (self.settings.halving, &parts.validation) else {
            return Ok(None);
        };
        let (mut epochs, mut look) = (first.max(1), 0);
        while epochs < self.settings.recipe.epochs {
            self.go_on(trainer, parts, Until::Epoch(epochs))?;
            let score = trainer.evaluate(held_out)?.accuracy;
            if self.looks.len() <= look {
                self.looks.push(Vec::new());
            }
            if !goes_on(&mut self.looks[look], score, eta.max(2)) {
                return Ok(Some(score));
            }
            (epochs, look) = (epochs.saturating_mul(eta.max(2)), look + 1);
        }
        Ok(None)
    }
}

/// Adds a score and tells whether it is among the best 1/eta; the first few always are.
fn goes_on(scores: &mut Vec<f64>, score: f64, eta: usize) -> bool {
    scores.push(score);
    let better = scores.iter().filter(|other| **other > score).count();
    scores.len() < eta || better < scores.len() / eta
}

/// What a training's error means for the search.
fn told(error: TrainError, arch: &str) -> EvaluateError {
    match error {
        TrainError::Stopped => EvaluateError::Stopped { arch: arch.into() },
        TrainError::Diverged { .. } | TrainError::Child(_) => {
            EvaluateError::Child { arch: arch.into(), why: error.to_string() }
        }
        // Others may be smaller.
        TrainError::Tape(of) if of.is_of_memory() => EvaluateError::Child { arch: arch.into(), why: of.to_string() },
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
        let invalid = |source| EvaluateError::Invalid { arch: arch.into(), source };
        let key = self.space.canonical(graph).map_err(invalid)?;
        // The device has room for one child, not for the last one too.
        self.trained = None;
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let seed = seed_of(self.settings.seed, &key);
        let (evaluation, trainer) = self.train(arch, seed).map_err(|error| told(error, arch))?;
        self.known.insert(key, evaluation);
        self.trained = Some(trainer);
        Ok(evaluation)
    }

    fn again(&mut self, graph: &Graph, arch: &str, repeat: usize) -> Result<Evaluation, EvaluateError> {
        let invalid = |source| EvaluateError::Invalid { arch: arch.into(), source };
        let key = format!("{}#{repeat}", self.space.canonical(graph).map_err(invalid)?);
        self.trained = None;
        let seed = seed_of(self.settings.seed, &key);
        self.train(arch, seed).map(|(evaluation, _)| evaluation).map_err(|error| told(error, arch))
    }

    fn takes_time(&self) -> bool {
        true
    }

    fn seed(&self, key: &str) -> Option<u64> {
        Some(seed_of(self.settings.seed, key))
    }

    fn trained(&self) -> Option<&Trainer> {
        self.trained.as_ref()
    }

    fn memory(&self) -> Option<String> {
        // Without a halving a reward depends on its architecture alone.
        self.settings.halving.and_then(|_| serde_json::to_string(&self.looks).ok())
    }

    fn recall(&mut self, memory: &str) -> Result<(), String> {
        self.looks = serde_json::from_str(memory).map_err(|error| error.to_string())?;
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
    use super::{goes_on, seed_of};

    #[test]
    fn one_in_eta_goes_on() {
        let mut scores = Vec::new();
        let went: Vec<_> = [50.0, 40.0, 30.0, 60.0, 55.0, 70.0].map(|score| goes_on(&mut scores, score, 3)).into();
        // The first two always; then the best of three, of four, of five, and the two best of six.
        assert_eq!(went, [true, true, false, true, false, true]);
    }

    #[test]
    fn seeds_differ_by_run_and_architecture() {
        let seeds = [seed_of(1, "a"), seed_of(1, "b"), seed_of(2, "a"), seed_of(1, "a")];
        assert!(seeds[0] != seeds[1] && seeds[0] != seeds[2] && seeds[0] == seeds[3]);
    }
}
