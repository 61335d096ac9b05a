//! Searches whose runs are kept in a folder.

use super::error::ExperimentError;
use super::images::EMBEDDED;
use super::rewards::{BUILT_IN, Rewards, usual_table};
use super::search::{PreparedSearch, Search};
use crate::device::{Device, DeviceChoice};
use crate::run::{self, CONFIG, Command, Folder, Meta, Run, Sources};
use crate::search::{Config, Observer, Outcome, Request};
use std::path::{Path, PathBuf};

impl Search {
    /// Goes on with the run in a folder: with its configuration, rewards and device.
    ///
    /// # Errors
    /// A folder without a run, one that is damaged or was changed, or a device that is not there any more.
    pub fn resume(folder: &Path) -> Result<Self, ExperimentError> {
        let origin = run::unchanged(folder)?;
        let command = Command::read(folder)?;
        let device = command.device.parse::<DeviceChoice>().and_then(|choice| Device::open(&choice));
        Ok(Self {
            table: command.table,
            images: command.data,
            classes: origin.and_then(|origin| origin.sources.data),
            device: Some(device.map_err(|error| ExperimentError::Failed(error.to_string()))?),
            folder: Some(folder.to_owned()),
            ..Self::from(config_of(folder)?)
        })
    }

    /// Keeps the run in this folder, which is made; one with a run that was begun by the same configuration goes on. Not for a
    /// generator or an evaluator of one's own.
    #[must_use]
    pub fn folder(self, path: impl Into<PathBuf>) -> Self {
        Self { folder: Some(path.into()), ..self }
    }

    pub(super) fn run_in(self, path: &Path, observer: &mut dyn Observer) -> Result<Outcome, ExperimentError> {
        let table = self.table.clone().or_else(|| usual_table(&self.config, self.images.as_deref()));
        let images = self.images.clone();
        let prepared = self.prepare()?;
        if prepared.generator.is_some() || matches!(*prepared.rewards, Rewards::Custom(_)) {
            // The folder would say nothing of them, and a resumed run would go on with others.
            let why =
                "a search with a generator or rewards from outside cannot be kept in a folder; leave out folder()";
            return Err(ExperimentError::Refused(why.into()));
        }
        let seed = prepared.config.seed;
        let search = prepared.build(seed, crate::train::Silent)?;
        let (folder, command) = match Command::read(path) {
            Ok(begun) => (Folder::open(path)?, begun),
            Err(_) => {
                let device = prepared.device.name().to_owned();
                let version = env!("CARGO_PKG_VERSION").to_owned();
                let (table, data) = (table.map(absolute), images.map(absolute));
                (Folder::create(path)?, Command { version, table, data, device, ..Command::default() })
            }
        };
        let run = prepared.begin(folder, seed, &command)?;
        run.notes().iter().for_each(|note| super::images::log_remark(note));
        Ok(run.search(&mut prepared.recorded(search), observer)?)
    }
}

impl PreparedSearch {
    /// What the runs of this search are made of.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        self.sources.get_or_init(|| self.rewards.sources())
    }

    /// Begins a run in an empty folder, or opens the one that is there to go on with it.
    ///
    /// # Errors
    /// A folder that is damaged or cannot be written to, or a run that was begun with something else.
    pub fn begin(&self, folder: Folder, seed: u64, command: &Command) -> Result<Run, ExperimentError> {
        let config = Config { seed, ..self.config.clone() };
        Ok(Run::begin_or_open(folder, command, &config, &self.meta(seed, command), self.sources())?)
    }

    /// What the ledger says of a run as a whole.
    #[must_use]
    pub fn meta(&self, seed: u64, command: &Command) -> Meta {
        let config = &self.config;
        Meta {
            space: config.space.clone(),
            dataset: config.dataset.clone(),
            generator: config.generator.name.clone(),
            device: self.device.name().to_owned(),
            seed,
            evaluations: config.evaluations,
            input: self.sizing.task.input,
            classes: self.sizing.task.classes,
            channels: self.sizing.size.channels,
            cells: self.sizing.size.cells,
            reward_name: self.rewards.reward_name(config),
            test_name: self.rewards.test_name().to_owned(),
            optimum: self.rewards.optimum(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.line(),
            ..Meta::default()
        }
    }
}

impl Rewards {
    /// What a run on these rewards is made of.
    pub fn sources(&self) -> Sources {
        match self {
            Self::Table { table, .. } => Sources { table: Some(table.mark()), data: None },
            Self::Images(data) => Sources { table: None, data: Some(data.fingerprint()) },
            Self::Custom(_) => Sources { table: None, data: None },
        }
    }
}

/// A path that means the same from every working directory; the names of what is built in are no paths.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    match path.to_str() {
        Some(EMBEDDED | BUILT_IN) => path,
        // One that is not there is told as it was written.
        _ => std::path::absolute(&path).unwrap_or(path),
    }
}

/// The configuration of the run in a folder.
///
/// # Errors
/// A folder without one, or one that is not valid.
pub fn config_of(folder: &Path) -> Result<Config, ExperimentError> {
    let file = folder.join(CONFIG);
    Ok(Request { preset: None, file: Some(&file), flags: Vec::new(), sets: &[] }.resolve()?)
}
