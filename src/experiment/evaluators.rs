//! The evaluators of a search on images, with the settings that its configuration gives them.

use super::error::ExperimentError;
use crate::convert::to_usize;
use crate::data::Dataset;
use crate::device::Device;
use crate::evaluate::{
    Evaluator, Halving, Oracle, OracleSettings, RewardSource, SharingSchedule, SuperNet, SuperNetSettings,
};
use crate::parallel;
use crate::search::{Config, OracleConfig};
use crate::space::Space;
use crate::train::{Parts, Until, Watcher, recipe};
use std::sync::Arc;
use std::time::Duration;

/// The evaluators of a run.
pub struct Evaluators {
    /// Where rewards come from.
    pub rewards: RewardSource,
    /// Trains the finalists of a search with proxies.
    pub finalists: Option<Box<dyn Evaluator>>,
    /// Trains children from scratch after a search with shared weights or proxies.
    pub last: Option<Box<dyn Evaluator>>,
}

impl Evaluators {
    /// Those of a search that ends with its last reward.
    pub fn only(rewards: Box<dyn Evaluator>) -> Self {
        Self { rewards: rewards.into(), finalists: None, last: None }
    }
}

/// The evaluators of a run on images.
pub fn evaluators<W: Watcher + Clone + 'static>(
    config: &Config,
    space: &Arc<dyn Space>,
    data: &Arc<Dataset>,
    device: &Device,
    watcher: &W,
) -> Result<Evaluators, ExperimentError> {
    let oracle = |data: &Arc<Dataset>, settings| -> Result<Box<dyn Evaluator>, ExperimentError> {
        let oracle = Oracle::new(Arc::clone(space), Arc::clone(data), settings, device.clone())?;
        Ok(Box::new(oracle.watched_by(watcher.clone())))
    };
    let settings = oracle_settings(config, data)?;
    if !config.supernet.enabled && !config.proxy.enabled {
        return Ok(Evaluators::only(oracle(data, settings)?));
    }
    // What is trained in the end is compared after the same budget.
    let last = Some(oracle(data, OracleSettings { halving: None, ..settings })?);
    if config.supernet.enabled {
        let supernet = SuperNet::new(space, data, supernet_settings(config, data)?, device)?;
        let rewards = supernet.watched_by(watcher.clone()).into();
        return Ok(Evaluators { rewards, finalists: None, last });
    }
    let reduced = Arc::new(reduced(data, config)?);
    let proxies = |steps| oracle(&reduced, proxy_settings(config, &reduced, steps, device)?);
    let (rewards, finalists) = (proxies(config.proxy.steps)?.into(), Some(proxies(config.proxy.finalist_steps)?));
    Ok(Evaluators { rewards, finalists, last })
}

fn supernet_settings(config: &Config, data: &Dataset) -> Result<SuperNetSettings, ExperimentError> {
    let [train, held] = Parts::sizes(data, config.oracle.validation, config.seed)?;
    let of = &config.supernet;
    // A configuration was checked to name a recipe that exists.
    let mut recipe = recipe(&of.recipe).unwrap_or_default();
    (recipe.batch, recipe.rate.rate) = (of.batch.min(train), of.learning_rate);
    if of.schedule == SharingSchedule::TwoStage {
        // The schedule of the learning rate ends with the training.
        recipe = recipe.with_epochs(match of.steps {
            0 => of.rounds,
            steps => epochs_of(of.rounds.saturating_mul(steps) as u64, train, of.batch),
        });
    }
    Ok(SuperNetSettings {
        channels: of.channels,
        cells: of.cells,
        schedule: of.schedule,
        recipe,
        steps: of.steps,
        validation: config.oracle.validation,
        reward_batch: of.reward_batch.min(held),
        plans: of.plans,
        seed: config.seed,
    })
}

/// Images in the size of the proxies.
fn reduced(data: &Dataset, config: &Config) -> Result<Dataset, ExperimentError> {
    let shape = data.train.shape();
    let (height, width) = config.proxy.size([shape.height, shape.width]);
    let reduced = data.clone().resized(height, width);
    reduced.map_err(|error| ExperimentError::Refused(error.to_string()))
}

fn proxy_settings(
    config: &Config,
    data: &Dataset,
    steps: u64,
    device: &Device,
) -> Result<OracleSettings, ExperimentError> {
    let of = &config.proxy;
    let [train, _] = Parts::sizes(data, config.oracle.validation, config.seed)?;
    let epochs = epochs_of(steps, train, of.batch);
    let oracle = OracleConfig { epochs, validation: config.oracle.validation, ..of.training(steps) };
    let settings = oracle_settings(&Config { oracle, ..config.clone() }, data)?;
    // What proxies find in test images means nothing and takes time; networks as small as these keep one core busy.
    Ok(OracleSettings { tests: false, at_once: device.threads(parallel::cores()), ..settings })
}

/// The epochs of a number of steps, rounded up; the schedule of the learning rate is fitted to them.
fn epochs_of(steps: u64, images: usize, batch: usize) -> usize {
    let each = (images / batch.clamp(1, images.max(1))).max(1) as u64;
    to_usize(steps.div_ceil(each))
}

fn oracle_settings(config: &Config, data: &Dataset) -> Result<OracleSettings, ExperimentError> {
    let [train, _] = Parts::sizes(data, config.oracle.validation, config.seed)?;
    let of = &OracleConfig { batch: config.oracle.batch.min(train), ..config.oracle.clone() };
    // A configuration was checked to name a recipe that exists.
    let recipe = recipe(&of.recipe).unwrap_or_default();
    Ok(OracleSettings {
        channels: of.channels,
        cells: of.cells,
        recipe: of.fitted(recipe),
        until: until(of),
        validation: of.validation,
        halving: (of.halving > 1).then_some(Halving { first: of.first_look, eta: of.halving }),
        tests: true,
        at_once: 1,
        seed: config.seed,
    })
}

/// When a training of this section ends.
pub fn until(of: &OracleConfig) -> Until {
    match of {
        OracleConfig { steps: 1.., .. } => Until::Step(of.steps),
        OracleConfig { seconds, .. } if *seconds > 0.0 => Until::Time(Duration::from_secs_f64(*seconds)),
        _ => Until::Epoch(of.epochs),
    }
}

/// The same for people: `3 epochs`, `230 steps`.
pub fn budget(of: &OracleConfig) -> String {
    match until(of) {
        Until::Epoch(1) => "1 epoch".to_owned(),
        Until::Epoch(epochs) => format!("{epochs} epochs"),
        Until::Step(1) => "1 step".to_owned(),
        Until::Step(steps) => format!("{steps} steps"),
        Until::Time(time) => format!("{} s", time.as_secs_f64()),
    }
}
