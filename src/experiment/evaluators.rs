//! The evaluators of a search on images, with the settings that its configuration gives them.

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
    let seed = config.seed;
    let oracle = |data: &Arc<Dataset>, of: &OracleConfig| -> Result<Oracle, ExperimentError> {
        let oracle = Oracle::new(Arc::clone(space), Arc::clone(data), of, seed, device.clone())?;
        Ok(oracle.watched_by(watcher.clone()))
    };
    if !config.supernet.enabled && !config.proxy.enabled {
        return Ok(Evaluators::only(Box::new(oracle(data, &config.oracle)?)));
    }
    let last: Option<Box<dyn Evaluator>> = Some(Box::new(oracle(data, &config.oracle)?));
    if config.supernet.enabled {
        let supernet = SuperNet::new(space, data, &config.supernet, config.oracle.validation, seed, device)?;
        return Ok(Evaluators { rewards: supernet.watched_by(watcher.clone()).into(), finalists: None, last });
    }
    let reduced = Arc::new(reduced(data, config)?);
    let [images, _] = Parts::sizes(&reduced, config.oracle.validation, seed)?;
    let proxies = |steps| {
        let of = OracleConfig { validation: config.oracle.validation, ..config.proxy.training(steps, images) };
        // The test accuracy of a proxy means nothing and takes time; networks as small as these keep one core busy.
        oracle(&reduced, &of).map(|oracle| Box::new(oracle.without_test().at_once(device.threads(parallel::cores()))))
    };
    let finalists: Box<dyn Evaluator> = proxies(config.proxy.finalist_steps)?;
    Ok(Evaluators { rewards: proxies(config.proxy.steps)?.into(), finalists: Some(finalists), last })
}

/// Images in the size of the proxies.
fn reduced(data: &Dataset, config: &Config) -> Result<Dataset, ExperimentError> {
    let shape = data.train.shape();
    let (height, width) = config.proxy.size([shape.height, shape.width]);
    let reduced = data.clone().resized(height, width);
    reduced.map_err(|error| ExperimentError::Refused(error.to_string()))
}
