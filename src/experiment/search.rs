//! The builder of a search.

use super::error::ExperimentError;
use super::evaluators::Evaluators;
use super::generator::{Ordering, build_generator};
use super::rewards::Rewards;
use crate::data::Fingerprint;
use crate::device::{Device, DeviceChoice};
use crate::evaluate::Evaluator;
use crate::generator::Generator;
use crate::score::Structure;
use crate::search::{Config, CostLimits, Observer, Outcome, SearchError, SearchLoop, Sizing};
use crate::space::Space;
use crate::train::Watcher;
use std::path::PathBuf;
use std::sync::Arc;

/// A search that is set up from a configuration.
///
/// Rewards come from the table or the images that are given or, without either, from what the configuration's space and data set
/// have built in.
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
    /// What is opened where no device is given.
    pub(super) device_name: String,
    #[cfg(feature = "runs")]
    pub(super) folder: Option<PathBuf>,
}

/// Makes a generator of graphs of a space, one for each run.
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
    /// Looks rewards up in this table: a file, or [`super::BUILT_IN`].
    #[must_use]
    pub fn table(self, path: impl Into<PathBuf>) -> Self {
        Self { table: Some(path.into()), ..self }
    }

    /// Trains networks on the images in this folder, or on [`super::EMBEDDED`] ones.
    #[must_use]
    pub fn images(self, path: impl Into<PathBuf>) -> Self {
        Self { images: Some(path.into()), ..self }
    }

    /// Takes rewards from a source that is open already, which several searches may share.
    #[must_use]
    pub fn rewards(self, rewards: Arc<Rewards>) -> Self {
        Self { rewards: Some(rewards), ..self }
    }

    /// Takes rewards from an evaluator of one's own. Its figures are in percent.
    #[must_use]
    pub fn evaluator(self, new: impl Fn(&Arc<dyn Space>) -> Box<dyn Evaluator> + Send + Sync + 'static) -> Self {
        self.rewards(Arc::new(Rewards::Custom(Arc::new(new))))
    }

    /// Takes proposals from a generator of one's own in place of `generator.name`.
    #[must_use]
    pub fn generator(self, new: impl Fn(&Arc<dyn Space>) -> Box<dyn Generator> + Send + Sync + 'static) -> Self {
        Self { generator: Some(Arc::new(new)), ..self }
    }

    /// Puts the classes of the images into the order of these, by name.
    #[must_use]
    pub fn classes_of(self, known: Option<Fingerprint>) -> Self {
        Self { classes: known, ..self }
    }

    /// Computes on this device; without one, on the first adapter or, where there is none, on the processor.
    #[must_use]
    pub fn device(self, device: Device) -> Self {
        Self { device: Some(device), ..self }
    }

    /// Opens the rewards and refuses what cannot be searched. Nothing is written.
    ///
    /// # Errors
    /// A configuration that is not valid, a table, images or device that cannot be opened, a search that does not fit the memory, a
    /// budget beyond the table.
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
            let why = "proxy.enabled and supernet.enabled must be false with rewards from outside";
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
        rewards.log_reduced_batches(&config)?;
        rewards.check_memory(&config, &*space, &device)?;
        match rewards.capacity() {
            Some(capacity) if config.evaluations > capacity => {
                return Err(SearchError::Budget { asked: config.evaluations, capacity }.into());
            }
            _ => {}
        }
        let sizing = rewards.sizing(&config)?;
        let limits = CostLimits::new(config.limits, sizing.clone(), config.oracle.batch);
        let structure = rewards.structure(&config, &space)?;
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

    /// Searches to the end of the budget, in the folder where there is one.
    ///
    /// # Errors
    /// Those of [`Search::prepare`], and what the search or its folder fails with.
    pub fn run(self, observer: &mut dyn Observer) -> Result<Outcome, ExperimentError> {
        #[cfg(feature = "runs")]
        if let Some(folder) = self.folder.clone() {
            return self.run_in(&folder, observer);
        }
        let prepared = self.prepare()?;
        Ok(prepared.build(prepared.config.seed, crate::train::Silent)?.run(observer)?)
    }
}

/// A search whose rewards are open and whose needs were checked; it runs once for each seed.
pub struct PreparedSearch {
    pub(super) config: Config,
    space: Arc<dyn Space>,
    pub(super) rewards: Arc<Rewards>,
    pub(super) sizing: Sizing,
    limits: Option<CostLimits>,
    structure: Option<Arc<Structure>>,
    pub(super) generator: Option<Arc<NewGenerator>>,
    pub(super) device: Device,
    /// What the runs are made of; found out once, because the digest of a large data set takes seconds.
    #[cfg(feature = "runs")]
    pub(super) sources: std::sync::OnceLock<crate::run::Sources>,
}

impl PreparedSearch {
    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where the rewards come from.
    #[must_use]
    pub fn rewards(&self) -> &Rewards {
        &self.rewards
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Builds the search with a seed; the watcher follows the networks that are trained.
    ///
    /// # Errors
    /// A generator or evaluators that cannot be built.
    pub fn build(&self, seed: u64, watcher: impl Watcher + Clone + 'static) -> Result<SearchLoop, ExperimentError> {
        let config = Config { seed, ..self.config.clone() };
        let (space, limits) = (&self.space, self.limits.as_ref());
        // Small networks in great numbers suit the processor, and are then scored alike whatever the device.
        let scorer = self.rewards.pool_scorer(&config, space, &Device::Cpu)?;
        let by = Ordering { structure: self.structure.as_deref(), scorer: scorer.as_ref(), limits };
        let generator = match &self.generator {
            Some(new) => new(space),
            None => build_generator(&config, space, by, &self.device)?,
        };
        let Evaluators { rewards, finalists, last } = self.rewards.evaluators(&config, space, &self.device, watcher)?;
        let search = SearchLoop::new(config, Arc::clone(space), rewards, generator);
        let search = search.with_structure(self.structure.clone()).with_pool_scorer(scorer).with_limits(self.limits.clone());
        Ok(search.on_device(self.device.name()).with_finalist_trainer(finalists).with_final_trainer(last))
    }

    /// Builds what could be refused and drops it: for searches with several seeds, which begin to write before they build.
    ///
    /// # Errors
    /// Those of [`PreparedSearch::build`].
    pub fn check(&self) -> Result<(), ExperimentError> {
        self.rewards.evaluators(&self.config, &self.space, &self.device, crate::train::Silent)?;
        if self.generator.is_none() {
            // Without the lists of the largest networks, or of those with the highest score, which take their time.
            build_generator(&self.config, &self.space, Ordering::default(), &self.device)?;
        }
        Ok(())
    }

    /// A search that tells what every architecture costs and, where the configuration asks for it, how long it takes.
    #[must_use]
    pub fn recorded(&self, search: SearchLoop) -> SearchLoop {
        let latency_device = self.config.latency.then(|| self.device.clone());
        search.with_sizing(self.sizing.clone()).with_latency_device(latency_device)
    }
}
