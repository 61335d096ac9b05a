//! Builds the evaluators of a search on images from its configuration.

use super::error::ExperimentError;
use crate::data::Dataset;
use crate::device::Device;
use crate::evaluate::{Evaluator, Oracle, OracleConfig, RewardSource, SuperNet};
use crate::parallel;
use crate::search::Config;
use crate::space::Space;
use crate::train::{Parts, Watcher};
use std::sync::Arc;

/// The evaluators of a run.
pub struct Evaluators {
    /// The source of rewards.
    pub rewards: RewardSource,
    /// Trains the finalists of a search with proxies.
    pub finalists: Option<Box<dyn Evaluator>>,
    /// Trains architectures from scratch at the end of a search with shared weights or proxies.
    pub final_trainer: Option<Box<dyn Evaluator>>,
}

impl Evaluators {
    /// The evaluators of a search without final training.
    pub fn only(rewards: Box<dyn Evaluator>) -> Self {
        Self { rewards: rewards.into(), finalists: None, final_trainer: None }
    }
}

/// Builds the evaluators of a run on images.
pub fn evaluators<W: Watcher + Clone + 'static>(
    config: &Config,
    space: &Arc<dyn Space>,
    data: &Arc<Dataset>,
    device: &Device,
    watcher: &W,
) -> Result<Evaluators, ExperimentError> {
    let seed = config.seed;
    let oracle = |data: &Arc<Dataset>, settings: &OracleConfig| -> Result<Oracle, ExperimentError> {
        let oracle = Oracle::new(Arc::clone(space), Arc::clone(data), settings, seed, device.clone())?;
        Ok(oracle.with_watcher(watcher.clone()))
    };
    if !config.supernet.enabled && !config.proxy.enabled {
        return Ok(Evaluators::only(Box::new(oracle(data, &config.oracle)?)));
    }
    let final_trainer: Option<Box<dyn Evaluator>> = Some(Box::new(oracle(data, &config.oracle)?));
    if config.supernet.enabled {
        let supernet = SuperNet::new(space, data, &config.supernet, config.oracle.validation, seed, device)?;
        return Ok(Evaluators {
            rewards: supernet.with_watcher(watcher.clone()).into(),
            finalists: None,
            final_trainer,
        });
    }
    let reduced = Arc::new(reduced(data, config)?);
    let [images, _] = Parts::sizes(&reduced, config.oracle.validation, seed)?;
    let proxies = |steps| {
        let settings = OracleConfig { validation: config.oracle.validation, ..config.proxy.training(steps, images) };
        // The test accuracy of a proxy is not used. Proxies are small, so each one is trained on a single core.
        let concurrent = device.threads(parallel::cores());
        oracle(&reduced, &settings).map(|oracle| Box::new(oracle.without_test().with_concurrency(concurrent)))
    };
    let finalists: Box<dyn Evaluator> = proxies(config.proxy.finalist_steps)?;
    Ok(Evaluators { rewards: proxies(config.proxy.steps)?.into(), finalists: Some(finalists), final_trainer })
}

/// Resizes images to the size of the proxies.
fn reduced(data: &Dataset, config: &Config) -> Result<Dataset, ExperimentError> {
    let shape = data.train.shape();
    let (height, width) = config.proxy.size([shape.height, shape.width]);
    let reduced = data.clone().resized(height, width);
    reduced.map_err(|error| ExperimentError::Refused(error.to_string()))
}
