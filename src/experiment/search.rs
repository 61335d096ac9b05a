//! The builder of a search.

use super::error::ExperimentError;
use super::evaluators::Evaluators;
use super::generator::{Ordering, build_generator};
use super::rewards::Rewards;
use crate::data::Fingerprint;
use crate::device::{Device, DeviceChoice};
use crate::evaluate::Evaluator;
use crate::generator::Generator;
use crate::score::StructuralFeatures;
use crate::search::{Config, CostLimits, Observer, Outcome, SearchError, SearchLoop, Sizing};
use crate::space::Space;
use crate::train::Watcher;
use std::path::PathBuf;
use std::sync::Arc;

/// A builder of a search from a configuration.
///
/// Rewards come from the given table or images. Without either, they come from the built-in table of the space or the
/// built-in images.
///
/// # Examples
/// Twenty evaluations on the built-in table of NAS-Bench-201:
/// ```
/// use graphpnas::search::{Request, Silent};
/// use graphpnas::{Search, device::Device};
///
/// let keys = ["evaluations=20".to_owned(), "train.epochs=2".to_owned()];
/// let config = Request { preset: Some("nasbench201-cifar10"), sets: &keys, ..Request::default() }.resolve()?;
/// let outcome = Search::from(config).device(Device::Cpu).run(&mut Silent)?;
/// assert_eq!(outcome.history.len(), 20);
/// assert!(outcome.best.reward > 80.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Search {
    pub(super) config: Config,
    pub(super) table: Option<PathBuf>,
    pub(super) images: Option<PathBuf>,
    pub(super) rewards: Option<Arc<Rewards>>,
    pub(super) classes: Option<Fingerprint>,
    pub(super) generator: Option<Arc<NewGenerator>>,
    pub(super) device: Option<Device>,
    /// Device to open if none is given.
    pub(super) device_name: String,
    #[cfg(feature = "runs")]
    pub(super) folder: Option<PathBuf>,
}

/// Creates a generator for graphs of a space, one per run.
pub type NewGenerator = dyn Fn(&Arc<dyn Space>) -> Box<dyn Generator> + Send + Sync;

impl From<Config> for Search {
    fn from(config: Config) -> Self {
        Self {
            config,
            table: None,
            images: None,
            rewards: None,
            classes: None,
            generator: None,
            device: None,
            device_name: "auto".into(),
            #[cfg(feature = "runs")]
            folder: None,
        }
    }
}

impl Search {
    /// Sets the table of rewards: a file, or [`super::BUILT_IN`].
    #[must_use]
    pub fn table(self, path: impl Into<PathBuf>) -> Self {
        Self { table: Some(path.into()), ..self }
    }

    /// Sets the folder of training images, or [`super::EMBEDDED`].
    #[must_use]
    pub fn images(self, path: impl Into<PathBuf>) -> Self {
        Self { images: Some(path.into()), ..self }
    }

    /// Sets an open reward source, which several searches may share.
    #[must_use]
    pub fn rewards(self, rewards: Arc<Rewards>) -> Self {
        Self { rewards: Some(rewards), ..self }
    }

    /// Sets a custom evaluator; `reward.unit` and `reward.goal` say what its rewards are, by default accuracies in percent.
    #[must_use]
    pub fn evaluator(self, new: impl Fn(&Arc<dyn Space>) -> Box<dyn Evaluator> + Send + Sync + 'static) -> Self {
        self.rewards(Arc::new(Rewards::Custom(Arc::new(new))))
    }

    /// Sets a custom generator in place of `generator.name`.
    #[must_use]
    pub fn generator(self, new: impl Fn(&Arc<dyn Space>) -> Box<dyn Generator> + Send + Sync + 'static) -> Self {
        Self { generator: Some(Arc::new(new)), ..self }
    }

    /// Sets the order of classes of the images, matched by name.
    #[must_use]
    pub fn classes_of(self, known: Option<Fingerprint>) -> Self {
        Self { classes: known, ..self }
    }

    /// Sets the device; the default is the first GPU adapter or, without one, the CPU.
    #[must_use]
    pub fn device(self, device: Device) -> Self {
        Self { device: Some(device), ..self }
    }

    /// Opens the reward source and checks the search. Writes nothing.
    ///
    /// # Errors
    /// The configuration is invalid, the table, images or device cannot be opened, the search does not fit into memory,
    /// or the budget exceeds the table.
    pub fn prepare(self) -> Result<PreparedSearch, ExperimentError> {
        let Self { config, table, images, rewards, classes, generator, device, device_name, .. } = self;
        config.check()?;
        let device = match device {
            Some(device) => device,
            None => {
                let opened = device_name.parse::<DeviceChoice>().and_then(|choice| Device::open(&choice));
                opened.map_err(|error| ExperimentError::Failed(error.to_string()))?
            }
        };
        if matches!(rewards.as_deref(), Some(Rewards::Custom(_))) && (config.proxy.enabled || config.supernet.enabled) {
            let why = "proxy.enabled and supernet.enabled must be false with a custom evaluator";
            return Err(ExperimentError::Refused(why.into()));
        }
        let space = config.search_space()?;
        let rewards = match rewards {
            Some(rewards) => rewards,
            None => {
                let opened = Rewards::open(&config, table.as_deref(), images.as_deref())?;
                opened.log_remarks();
                Arc::new(opened.matching(classes.as_ref())?)
            }
        };
        rewards.check_reward(&config.reward)?;
        rewards.log_reduced_batches(&config)?;
        let sizing = rewards.sizing(&config)?;
        rewards.check_memory(&config, &sizing, &device)?;
        match rewards.capacity() {
            Some(capacity) if config.evaluations > capacity => {
                return Err(SearchError::Budget { asked: config.evaluations, capacity }.into());
            }
            _ => {}
        }
        let limits = CostLimits::new(config.limits, sizing.clone(), config.oracle.batch);
        let structure =
            config.needs_structure().then(|| Arc::new(StructuralFeatures::new(Arc::clone(&space), sizing.task)));
        Ok(PreparedSearch {
            config,
            space,
            rewards,
            sizing,
            limits,
            structure,
            generator,
            device,
            #[cfg(feature = "runs")]
            sources: std::sync::OnceLock::new(),
        })
    }

    /// Runs the search, and saves it if a folder is set.
    ///
    /// # Errors
    /// Those of [`Search::prepare`], and failures of the search or its folder.
    pub fn run(self, observer: &mut dyn Observer) -> Result<Outcome, ExperimentError> {
        #[cfg(feature = "runs")]
        if let Some(folder) = self.folder.clone() {
            return self.run_in(&folder, observer);
        }
        let prepared = self.prepare()?;
        Ok(prepared.build(prepared.config.seed, crate::train::Silent)?.run(observer)?)
    }
}

/// A checked search with an open reward source; it can be run once per seed.
pub struct PreparedSearch {
    pub(super) config: Config,
    space: Arc<dyn Space>,
    pub(super) rewards: Arc<Rewards>,
    pub(super) sizing: Sizing,
    limits: Option<CostLimits>,
    structure: Option<Arc<StructuralFeatures>>,
    pub(super) generator: Option<Arc<NewGenerator>>,
    pub(super) device: Device,
    /// Fingerprints of the reward sources; cached, because the digest of a large data set takes seconds.
    #[cfg(feature = "runs")]
    pub(super) sources: std::sync::OnceLock<crate::run::Sources>,
}

impl PreparedSearch {
    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The reward source.
    #[must_use]
    pub fn rewards(&self) -> &Rewards {
        &self.rewards
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Builds the search loop for a seed; the watcher observes the training of networks.
    ///
    /// # Errors
    /// The generator or the evaluators cannot be built.
    pub fn build(&self, seed: u64, watcher: impl Watcher + Clone + 'static) -> Result<SearchLoop, ExperimentError> {
        let config = Config { seed, ..self.config.clone() };
        let (space, limits) = (&self.space, self.limits.as_ref());
        // On the CPU, which suits many small networks and makes the scores independent of the device.
        let scorer = self.rewards.pool_scorer(&config, space, &Device::Cpu)?;
        let by = Ordering { structure: self.structure.as_deref(), scorer: scorer.as_ref(), limits };
        let generator = match &self.generator {
            Some(new) => new(space),
            None => build_generator(&config, space, by, &self.device)?,
        };
        let Evaluators { rewards, finalists, final_trainer } =
            self.rewards.evaluators(&config, space, &self.device, watcher)?;
        let search = SearchLoop::new(config, Arc::clone(space), rewards, generator);
        let search =
            search.with_structure(self.structure.clone()).with_pool_scorer(scorer).with_limits(self.limits.clone());
        Ok(search.on_device(self.device.name()).with_finalist_trainer(finalists).with_final_trainer(final_trainer))
    }

    /// Builds the generator and the evaluators as a check and drops them. Used by searches with several seeds, which
    /// write before they build.
    ///
    /// # Errors
    /// Those of [`PreparedSearch::build`].
    pub fn check(&self) -> Result<(), ExperimentError> {
        self.rewards.evaluators(&self.config, &self.space, &self.device, crate::train::Silent)?;
        if self.generator.is_none() {
            // Without the lists by size or score, which are slow to build.
            build_generator(&self.config, &self.space, Ordering::default(), &self.device)?;
        }
        Ok(())
    }

    /// Makes a search report the cost and, if configured, the latency of every architecture.
    #[must_use]
    pub fn with_measurements(&self, search: SearchLoop) -> SearchLoop {
        let latency_device = self.config.latency.then(|| self.device.clone());
        search.with_sizing(self.sizing.clone()).with_latency_device(latency_device)
    }
}
