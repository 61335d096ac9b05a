//! Reward sources of a search: a benchmark table, networks trained on images, or a custom evaluator.

use super::error::ExperimentError;
use super::evaluators::{Evaluators, evaluators};
use super::images::{EMBEDDED, OWN_IMAGES, images, log_reduced, log_remarks, matching};
use super::scoring::{Built, Scoring};
use crate::data::{Dataset, Fingerprint};
use crate::device::{Device, format_bytes};
use crate::evaluate::{self, Benchmark, BuiltIn, Evaluator, OracleConfig, RewardConfig, Sheet, Table, TableEvaluator};
use crate::network::{Size, Task};
use crate::parallel;
use crate::score::{IMAGES, PoolScorer};
use crate::search::{AvailableMemory, Config, Sizing, memory_needs};
use crate::shown::pluralized;
use crate::space::{self, Space};
use crate::train::{Parts, Until, Watcher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the built-in table.
pub const BUILT_IN: &str = "built-in";

/// An open reward source.
pub enum Rewards {
    /// A benchmark table.
    Table(Arc<Table>),
    /// Training on images.
    Images(Arc<Dataset>),
    /// A custom evaluator.
    Custom(Arc<NewEvaluator>),
}

/// Creates an evaluator for architectures of a space, one per run.
pub type NewEvaluator = dyn Fn(&Arc<dyn Space>) -> Box<dyn Evaluator> + Send + Sync;

impl Rewards {
    /// Opens the table or the images.
    ///
    /// # Errors
    /// A source is missing or cannot be read.
    pub fn open(config: &Config, table: Option<&Path>, data: Option<&Path>) -> Result<Self, ExperimentError> {
        if let Some(path) = table.map(Path::to_owned).or_else(|| default_table(config, data)) {
            let trained = [("proxy.enabled", config.proxy.enabled), ("supernet.enabled", config.supernet.enabled)];
            if let Some((key, _)) = trained.into_iter().find(|(_, enabled)| *enabled) {
                return Err(ExperimentError::Refused(format!(
                    "{key} must be false with a table; give images with --data PATH for rewards from training"
                )));
            }
            let table = Arc::new(open_table(&path, config)?);
            log::debug!("table: {} architectures, the best {}", table.len(), config.reward.shown(table.optimum()));
            return Ok(Self::Table(table));
        }
        let path = data.or_else(|| (config.dataset == EMBEDDED).then_some(Path::new(EMBEDDED)));
        let Some(path) = path else {
            if config.supernet.enabled || config.dataset == OWN_IMAGES {
                return Err(ExperimentError::Refused(format!(
                    "no images given; name the training images with --data PATH \
                     (--data {EMBEDDED} for the built-in ones)"
                )));
            }
            // Refuses an unknown data set of a benchmark before a missing table.
            if !Benchmark::datasets(&config.space).is_empty() {
                Benchmark::find(&config.space, &config.dataset)?;
            }
            return Err(ExperimentError::Refused(format!(
                "no table given; name the table of {} with --table FILE, or images to train on with --data PATH \
                 (--data {EMBEDDED} for the built-in ones)",
                space::name_of(&config.space)
            )));
        };
        let oracle = &config.oracle;
        Ok(Self::Images(Arc::new(images(path, oracle.size(), [oracle.train_images, oracle.test_images])?)))
    }

    /// Sorts the classes of the images into the order of a known data set, by name.
    ///
    /// # Errors
    /// A class is not in the known data set.
    pub fn matching(self, known: Option<&Fingerprint>) -> Result<Self, ExperimentError> {
        match (self, known) {
            (Self::Images(data), Some(known)) => {
                Ok(Self::Images(Arc::new(matching(Arc::unwrap_or_clone(data), known)?)))
            }
            (same, _) => Ok(same),
        }
    }

    /// Checks that the rewards of the source have the unit and goal of the configuration.
    ///
    /// # Errors
    /// They are accuracies, as of images and benchmarks, and the configuration has another unit or goal.
    pub fn check_reward(&self, asked: &RewardConfig) -> Result<(), ExperimentError> {
        let accuracy = RewardConfig::default();
        let found = match self {
            Self::Table(table) => table.reward(),
            Self::Images(_) => &accuracy,
            Self::Custom(_) => return Ok(()),
        };
        if found == asked {
            return Ok(());
        }
        Err(ExperimentError::Refused(format!(
            "reward.unit must be \"{}\" and reward.goal \"{}\" with this reward source; another unit and goal need a table of \
             an own space",
            found.unit,
            found.goal.name()
        )))
    }

    /// Logs which batch sizes exceed the number of images and are reduced.
    ///
    /// # Errors
    /// The held-out fraction leaves no images.
    pub fn log_reduced_batches(&self, config: &Config) -> Result<(), ExperimentError> {
        let Self::Images(data) = self else { return Ok(()) };
        let [train, held] = Parts::sizes(data, config.oracle.validation, config.seed)?;
        let batches = [
            ("oracle.batch", config.oracle.batch, train, "training"),
            ("supernet.batch", config.supernet.batch, train, "training"),
            ("proxy.batch", config.proxy.batch, train, "training"),
            ("supernet.reward_batch", config.supernet.reward_batch, held, "held-out"),
        ];
        let used = |key: &str| match key.split('.').next() {
            Some("supernet") => config.supernet.enabled,
            Some("proxy") => config.proxy.enabled,
            _ => true,
        };
        for (key, batch, images, part) in batches.into_iter().filter(|(key, ..)| used(key)) {
            log_reduced(key, batch, images, part);
        }
        Ok(())
    }

    /// Returns a warning if networks are trained for few steps.
    pub fn few_steps(&self, config: &Config) -> Option<String> {
        let Self::Images(data) = self else { return None };
        let Until::Epoch(epochs) = config.oracle.until() else { return None };
        let [train, _] = Parts::sizes(data, config.oracle.validation, config.seed).ok()?;
        let batch = config.oracle.batch.min(train).max(1);
        let steps = (train / batch).saturating_mul(epochs);
        (steps < FEW_STEPS).then(|| {
            format!(
                "warning: {train} training images in batches of {batch} are only {} in {}, so networks learn little; \
                 lower oracle.batch or raise oracle.epochs",
                pluralized(steps, "step", "steps"),
                pluralized(epochs, "epoch", "epochs")
            )
        })
    }

    /// Calls [`log_remarks`] for images.
    pub fn log_remarks(&self) {
        if let Self::Images(data) = self {
            log_remarks(data);
        }
    }

    /// Useful number of concurrent runs: 1 with training, which uses all cores.
    pub fn threads(&self) -> usize {
        match self {
            Self::Table(_) => parallel::cores(),
            Self::Images(_) | Self::Custom(_) => 1,
        }
    }

    /// Builds the evaluators of one run.
    ///
    /// # Errors
    /// There are too few images, or a network does not fit into memory.
    pub fn evaluators(
        &self,
        config: &Config,
        space: &Arc<dyn Space>,
        device: &Device,
        watcher: impl Watcher + Clone + 'static,
    ) -> Result<Evaluators, ExperimentError> {
        match self {
            Self::Table(table) => {
                Ok(Evaluators::only(Box::new(TableEvaluator::new(Arc::clone(table), Arc::clone(space)))))
            }
            Self::Images(data) => evaluators(config, space, data, device, &watcher),
            Self::Custom(new) => Ok(Evaluators::only(new(space))),
        }
    }

    /// Returns task and size of the networks for costs: those of the trained networks or, with a table, the published
    /// ones.
    ///
    /// # Errors
    /// The space is unknown.
    pub fn sizing(&self, config: &Config) -> Result<Sizing, ExperimentError> {
        let space = config.search_space()?;
        let (task, size) = match self {
            Self::Table(_) | Self::Custom(_) => {
                // A space for signals cannot build networks for the images of a benchmark.
                let usual = space.published_task();
                let task = if usual.input[1] == 1 { usual } else { benchmark_task(&config.dataset) };
                (task, space.published_size())
            }
            Self::Images(data) => {
                let shape = data.train.shape();
                let task = Task { input: [shape.channels, shape.height, shape.width], classes: data.classes().len() };
                (task, Size { channels: config.oracle.channels, cells: config.oracle.cells })
            }
        };
        Ok(Sizing { space, task, size })
    }

    /// Builds the scorer of pools of architectures, if the configuration needs it. It uses training images that are not
    /// held out or, without images, the built-in ones.
    ///
    /// # Errors
    /// There are too few images.
    pub fn pool_scorer(
        &self,
        config: &Config,
        space: &Arc<dyn Space>,
        device: &Device,
    ) -> Result<Option<PoolScorer>, ExperimentError> {
        let Some(measure) = config.pool_measure() else { return Ok(None) };
        let built_in;
        let (data, held_out) = match self {
            Self::Images(data) => (&**data, config.oracle.validation),
            Self::Table(_) | Self::Custom(_) => {
                let oracle = OracleConfig::default();
                built_in = images(Path::new(EMBEDDED), None, [oracle.train_images, oracle.test_images])?;
                (&built_in, 0.0)
            }
        };
        let scoring = Scoring { data, images: IMAGES, held_out, weights: vec![config.seed], seed: config.seed };
        let Built { scorer, task, .. } = scoring.build(device)?;
        Ok(Some(PoolScorer::new(Arc::clone(space), task, measure, scorer)))
    }

    /// Checks that the search fits into memory and that networks of the size can be built.
    ///
    /// # Errors
    /// The check fails.
    pub fn check_memory(&self, config: &Config, sizing: &Sizing, device: &Device) -> Result<(), ExperimentError> {
        let trained_on = matches!(self, Self::Images(_)).then_some(device);
        let needs = memory_needs(config, sizing, trained_on)?;
        let texts: Vec<_> = needs.iter().map(|need| format!("{} {}", need.what, format_bytes(need.bytes))).collect();
        log::debug!("memory: {}", texts.join(", "));
        Ok(AvailableMemory::of(device).check(&needs)?)
    }

    /// Human-readable name of the reward.
    pub fn reward_name(&self, config: &Config) -> String {
        match self {
            Self::Table(table) => table.reward_name().to_owned(),
            Self::Images(_) if config.supernet.enabled => {
                format!("validation accuracy after {} of training from scratch", config.oracle.budget())
            }
            Self::Images(_) => format!("validation accuracy after {}", config.oracle.budget()),
            Self::Custom(_) => "reward".to_owned(),
        }
    }

    /// Human-readable name of the test value.
    pub fn test_name(&self) -> &str {
        match self {
            Self::Table(table) => table.test_name(),
            Self::Images(_) => "test accuracy of the same network",
            Self::Custom(_) => "test",
        }
    }

    /// The best possible reward, if known.
    pub fn optimum(&self) -> Option<f64> {
        match self {
            Self::Table(table) => Some(table.optimum()),
            Self::Images(_) | Self::Custom(_) => None,
        }
    }

    /// Number of architectures that can be evaluated, if known.
    pub fn capacity(&self) -> Option<usize> {
        match self {
            Self::Table(table) => Some(table.len()),
            Self::Images(_) | Self::Custom(_) => None,
        }
    }
}

/// Minimum number of training steps without a warning.
const FEW_STEPS: usize = 30;

/// Returns the table of a search without a given table and images: the built-in table of its space, if any.
pub fn default_table(config: &Config, data: Option<&Path>) -> Option<PathBuf> {
    let images_preset = [EMBEDDED, OWN_IMAGES].contains(&config.dataset.as_str());
    let trains = data.is_some() || images_preset || config.supernet.enabled;
    (!trains && BuiltIn::of(&config.space).is_some()).then(|| BUILT_IN.into())
}

/// Reads all columns of a space's table, from a file or built in.
///
/// # Errors
/// The file cannot be read or is the table of another space.
pub fn sheet(path: &Path, space: &str) -> Result<Sheet, ExperimentError> {
    Ok(match BuiltIn::of(space) {
        Some(built_in) if path == Path::new(BUILT_IN) => built_in.sheet()?,
        _ => evaluate::read(path, space, &mut |_, _| {})?,
    })
}

fn open_table(path: &Path, config: &Config) -> Result<Table, ExperimentError> {
    if path != Path::new(BUILT_IN) && Benchmark::datasets(&config.space).is_empty() {
        return Ok(Table::of_space(path, &*config.search_space()?, &config.dataset, &config.reward)?);
    }
    if path != Path::new(BUILT_IN) {
        return Ok(Table::open(path, &config.space, &config.dataset)?);
    }
    Table::built_in(&config.space, &config.dataset)?.ok_or_else(|| {
        ExperimentError::Refused(format!(
            "no table of {} is built in; name its file with --table FILE",
            space::name_of(&config.space)
        ))
    })
}

/// Returns the image shape and number of classes of a benchmark's data set.
fn benchmark_task(dataset: &str) -> Task {
    match dataset {
        "cifar100" => Task { classes: 100, ..Task::CIFAR10 },
        "imagenet16" => Task { input: [3, 16, 16], classes: 120 },
        _ => Task::CIFAR10,
    }
}
