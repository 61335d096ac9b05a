//! Searches whose runs are saved to a folder.

use super::error::ExperimentError;
use super::images::{EMBEDDED, log_remark};
use super::report::save_description;
use super::rewards::{BUILT_IN, Rewards, default_table};
use super::search::{PreparedSearch, Search};
use crate::run::{self, CONFIG, Command, Folder, Meta, Run, RunError, Sources};
use crate::search::{Config, Observer, Outcome, Request, SearchError, SearchLoop};
use crate::shown::Show;
use std::path::{Path, PathBuf};

impl Search {
    /// Resumes the run in a folder with its configuration, rewards and device.
    ///
    /// # Errors
    /// The folder has no run or several runs, is damaged, or was changed.
    pub fn resume(folder: &Path) -> Result<Self, ExperimentError> {
        let origin = run::checked_origin(folder)?;
        let command = Command::read(folder)?;
        if command.seeds.is_some() {
            return Err(set_of_runs(folder));
        }
        Ok(Self {
            table: command.table,
            images: command.data,
            classes: origin.and_then(|origin| origin.sources.data),
            device_name: command.device,
            folder: Some(folder.to_owned()),
            ..Self::from(config_of(folder)?)
        })
    }

    /// Saves the run to this folder, which is created; a run in it with the same configuration is resumed. Cannot be
    /// combined with a custom generator, evaluator or reward source, which the folder cannot store.
    #[must_use]
    pub fn folder(self, path: impl Into<PathBuf>) -> Self {
        Self { folder: Some(path.into()), ..self }
    }

    /// Runs the search with its configured seed in a folder.
    pub(super) fn run_in(self, path: &Path, observer: &mut dyn Observer) -> Result<Outcome, ExperimentError> {
        self.in_folder(path, None, |prepared, folder, command| {
            let search = prepared.build(prepared.config.seed, crate::train::Silent)?;
            prepared.run_one(folder, command, search, observer)
        })
    }

    /// Prepares the search, opens or creates its folder, and calls `run`. `seeds` is the range of a set of runs.
    pub(super) fn in_folder<T>(
        self,
        path: &Path,
        seeds: Option<String>,
        run: impl FnOnce(&PreparedSearch, Folder, &Command) -> Result<T, ExperimentError>,
    ) -> Result<T, ExperimentError> {
        if self.generator.is_some() || self.rewards.is_some() {
            // The folder cannot store them, so the run could not be resumed.
            let why =
                "a search with a custom generator or custom rewards cannot be saved to a folder; leave out folder()";
            return Err(ExperimentError::Refused(why.into()));
        }
        let (existing, classes) = match Command::read(path) {
            Ok(command) if command.seeds.is_some() && seeds.is_none() => return Err(set_of_runs(path)),
            Ok(command) if command.seeds != seeds => {
                let known = command.seeds.map_or_else(|| "one seed".to_owned(), |seeds| format!("the seeds {seeds}"));
                let path = path.shown();
                return Err(ExperimentError::Refused(format!("{path} has a search with {known}; name another folder")));
            }
            Ok(command) => (Some(command), run::checked_origin(path)?.and_then(|origin| origin.sources.data)),
            Err(RunError::NoRun { .. }) => (None, None),
            Err(error) => return Err(error.into()),
        };
        if existing.is_none() {
            Folder::check(path)?;
        }
        let table = self.table.clone().or_else(|| default_table(&self.config, self.images.as_deref())).map(absolute);
        let data = self.images.clone().map(absolute);
        let prepared = self.classes_of(classes).prepare()?;
        if seeds.is_some() {
            prepared.check()?;
        }
        let folder = if existing.is_some() { Folder::open(path)? } else { Folder::create(path)? };
        let (version, device) = (env!("CARGO_PKG_VERSION").to_owned(), prepared.device.name().to_owned());
        let command = existing.unwrap_or_else(|| Command { version, device, seeds, ..Command::default() });
        let command = Command { table, data, ..command };
        run(&prepared, folder, &command)
    }
}

/// Creates the error for a folder with runs of several seeds.
fn set_of_runs(path: &Path) -> ExperimentError {
    ExperimentError::Refused(format!(
        "{} has a run for each of several seeds; name the folder of one of them",
        path.shown()
    ))
}

impl PreparedSearch {
    /// Returns the fingerprints of the reward sources.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        self.sources.get_or_init(|| self.rewards.sources())
    }

    /// Starts a run in an empty folder, or opens the existing run to resume it.
    ///
    /// # Errors
    /// The folder is damaged or not writable, or its run has other settings or sources.
    pub fn begin(&self, folder: Folder, seed: u64, command: &Command) -> Result<Run, ExperimentError> {
        let config = Config { seed, ..self.config.clone() };
        Ok(Run::begin_or_open(folder, command, &config, &self.meta(seed, command), self.sources())?)
    }

    /// Runs a search that was built with the configured seed in its folder, or resumes it.
    ///
    /// # Errors
    /// The folder is damaged or not writable, has another run, or the search failed.
    pub fn run_one(
        &self,
        folder: Folder,
        command: &Command,
        search: SearchLoop,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, ExperimentError> {
        let run = self.begin(folder, self.config.seed, command)?;
        run.notes().iter().map(String::as_str).chain(run.restart_note()).for_each(log_remark);
        self.run_saved(&run, search, observer)
    }

    /// Runs a search and saves its report and best architecture, also if it is stopped.
    pub(super) fn run_saved(
        &self,
        run: &Run,
        search: SearchLoop,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, ExperimentError> {
        let outcome = run.search(&mut self.with_measurements(search), observer);
        if matches!(outcome, Ok(_) | Err(RunError::Search(SearchError::Stopped { .. }))) {
            save_description(run)?;
        }
        Ok(outcome?)
    }

    /// Returns the metadata of a run for the database.
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
            reward: config.reward.clone(),
            optimum: self.rewards.optimum(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.line(),
            ..Meta::default()
        }
    }
}

impl Rewards {
    /// Returns the fingerprints of the reward source.
    pub fn sources(&self) -> Sources {
        match self {
            Self::Table(table) => Sources { table: Some(table.mark()), data: None },
            Self::Images(data) => Sources { table: None, data: Some(data.fingerprint()) },
            Self::Custom(_) => Sources { table: None, data: None },
        }
    }
}

/// Makes a path independent of the working directory; the names of built-in sources do not change.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    match path.to_str() {
        Some(EMBEDDED | BUILT_IN) => path,
        // On failure, later errors report the path as it was given.
        _ => std::path::absolute(&path).unwrap_or(path),
    }
}

/// Reads the configuration of the run in a folder.
///
/// # Errors
/// The configuration is missing or invalid.
pub fn config_of(folder: &Path) -> Result<Config, ExperimentError> {
    let file = folder.join(CONFIG);
    Ok(Request { preset: None, file: Some(&file), flags: Vec::new(), sets: &[] }.resolve()?)
}
