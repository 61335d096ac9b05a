//! Resolves an argument to an architecture's text, a checkpoint, or an architecture of a run.

use super::error::CliError;
use super::output;
use crate::network::{Size, Task};
use crate::run::{Command, Ledger, Meta, RunError, TrialRow, best_network, files_of_other_runs, quoted};
use crate::shown::{Show, pluralized};
use crate::train::{SavedTraining, TrainError};
use std::path::{Path, PathBuf};

/// What an argument names.
pub(super) enum Subject {
    /// No file or folder: the text of an architecture.
    Text,
    /// A checkpoint written by `train --out`.
    Checkpoint(PathBuf, Box<SavedTraining>),
    /// An architecture of a run.
    Run(Box<RunSubject>),
}

/// An architecture of a run: that of the given trial, by default the best one.
pub(super) struct RunSubject {
    /// The run's folder.
    pub(super) folder: PathBuf,
    /// Metadata of the run.
    pub(super) meta: Meta,
    /// The architecture's text.
    pub(super) arch: String,
    /// The trial that evaluated it; `None` for the best child of a search with shared weights, which is not a trial.
    pub(super) trial: Option<usize>,
    /// Whether it is the best architecture; only its weights are saved by the search.
    pub(super) best: bool,
}

impl Subject {
    /// Resolves a name; `trial` is allowed only for a run.
    pub(super) fn of(name: &str, trial: Option<usize>) -> Result<Self, CliError> {
        let path = Path::new(name);
        if path.is_dir() {
            return Ok(Self::Run(Box::new(RunSubject::find(path, trial)?)));
        }
        if trial.is_some() {
            return Err(CliError::Usage(format!(
                "--trial selects a trial of a run, but {name} is not the folder of a run; omit --trial"
            )));
        }
        // Reading rejects everything that is not a checkpoint, including pipes and devices.
        if path.exists() {
            let saved = SavedTraining::read(path).map_err(|error| CliError::Failed(error.to_string()))?;
            return Ok(Self::Checkpoint(path.to_owned(), Box::new(saved)));
        }
        Ok(Self::Text)
    }
}

impl RunSubject {
    /// Task and size of the run's networks.
    pub(super) fn sizes(&self) -> (Task, Size) {
        let Meta { input, classes, channels, cells, .. } = self.meta;
        (Task { input, classes }, Size { channels, cells })
    }

    fn find(folder: &Path, trial: Option<usize>) -> Result<Self, CliError> {
        let ledger = open(folder)?;
        let (best, meta) = (ledger.best_arch()?, ledger.meta()?);
        let folder = folder.to_owned();
        let Some(number) = trial else {
            let no_trials =
                || CliError::Failed(format!("the run {} has not evaluated any architecture yet", folder.shown()));
            let arch = best.ok_or_else(no_trials)?;
            warn_of_other_run_files(&folder, &ledger)?;
            let trial = ledger.best()?.filter(|trial| trial.arch == arch).map(|trial| trial.number);
            return Ok(Self { folder, meta, arch, trial, best: true });
        };
        let trials = ledger.trials()?;
        let found = trials.iter().find(|trial| trial.number == number);
        let TrialRow { arch, .. } = found.cloned().ok_or_else(|| no_trial(&folder, number, trials.len()))?;
        let best = best.as_ref() == Some(&arch);
        Ok(Self { folder, meta, arch, trial, best })
    }

    /// Returns the checkpoint with the most epochs: that of `graphpnas train RUN` or, for the best network, that of the search.
    /// `None` for a run on a table for which no network was trained.
    ///
    /// # Errors
    /// If a run that trains networks has not saved the weights.
    pub(super) fn network(&self) -> Result<Option<PathBuf>, CliError> {
        let on_table = Command::read(&self.folder)?.table.is_some();
        let saved = match on_table {
            true => None,
            false => best_network(&self.folder, &self.arch).map_err(|error| CliError::Failed(error.to_string()))?,
        };
        if let Some(longer) = self.trained_longer(saved.as_deref())? {
            return Ok(Some(longer));
        }
        match saved {
            None if !on_table => Err(self.not_saved()),
            saved => Ok(saved),
        }
    }

    /// The checkpoint of `graphpnas train RUN`, if it has more epochs than the one of the search.
    fn trained_longer(&self, saved: Option<&Path>) -> Result<Option<PathBuf>, CliError> {
        let path = self.trained();
        if !path.is_file() {
            return Ok(None);
        }
        let failed = |error: TrainError| CliError::Failed(error.to_string());
        let trained = SavedTraining::read(&path).map_err(failed)?;
        let epochs =
            saved.map_or(Ok(0), |path| SavedTraining::read(path).map(|saved| saved.epochs())).map_err(failed)?;
        let is_longer = trained.model.arch == self.arch && trained.epochs() > epochs;
        if is_longer {
            let (shown, done) = (path.shown().to_string(), pluralized(trained.epochs(), "epoch", "epochs"));
            output::note(&format!("note: using the network of {shown}, trained for {done}"));
        }
        Ok(is_longer.then_some(path))
    }

    fn not_saved(&self) -> CliError {
        let folder = self.folder.shown();
        CliError::Failed(match self.best {
            true => format!(
                "the weights of {} are not in {}; resume the run (search --resume) to save them, or train the network: {}",
                self.arch,
                self.folder.join("best").shown(),
                self.train_command()
            ),
            false => format!(
                "the run {folder} saves only the weights of its best trial; train this trial's network: {}",
                self.train_command()
            ),
        })
    }

    /// The error if a network is needed from a run that trained none.
    pub(super) fn untrained(&self) -> CliError {
        CliError::Failed(format!(
            "the run {} took its rewards from a table and trained no network; train one on images: {}",
            self.folder.shown(),
            self.train_command()
        ))
    }

    /// Checkpoint of `graphpnas train RUN`: `trained/trial-N.safetensors` in the run's folder.
    pub(super) fn trained(&self) -> PathBuf {
        let name = self.trial.map_or_else(|| "best".to_owned(), |number| format!("trial-{number}"));
        self.folder.join(TRAINED).join(format!("{name}.safetensors"))
    }

    /// The command that trains its network; with `--data PATH` for a run on a table, which has no images.
    pub(super) fn train_command(&self) -> String {
        let mut text = format!("graphpnas train {}", quoted(&self.folder.shown().to_string()));
        if let (false, Some(number)) = (self.best, self.trial) {
            text.push_str(&format!(" --trial {number}"));
        }
        if Command::read(&self.folder).is_ok_and(|command| command.table.is_some()) {
            text.push_str(" --data PATH");
        }
        text
    }
}

/// Warns of files about the best network that belong to another run.
pub(super) fn warn_of_other_run_files(folder: &Path, ledger: &Ledger) -> Result<(), CliError> {
    for path in files_of_other_runs(folder, ledger)? {
        output::warning(&format!(
            "warning: {} belongs to another run and is ignored; restore this run's file",
            path.shown()
        ));
    }
    Ok(())
}

/// Folder of the networks trained by `graphpnas train RUN`, inside the run's folder.
pub(super) const TRAINED: &str = "trained";

fn no_trial(folder: &Path, number: usize, count: usize) -> CliError {
    let range = if count == 0 { "it has none".to_owned() } else { format!("it has the trials 1 to {count}") };
    CliError::Usage(format!("the run {} has no trial {number}: {range}", folder.shown()))
}

/// Opens the ledger of a run for reading. The ledger is tried first: it is readable even if other files are damaged.
pub(super) fn open(folder: &Path) -> Result<Ledger, CliError> {
    let found = Ledger::open_read(folder);
    if !matches!(found, Err(RunError::NoRun { .. })) {
        return Ok(found?);
    }
    if let Some(seeds) = Command::read(folder)?.seeds {
        let first = seeds.split("..").next().unwrap_or_default();
        return Err(CliError::Usage(format!(
            "{} contains one run per seed ({seeds}); name one of them, such as {}",
            folder.shown(),
            folder.join(format!("seed-{first}")).shown()
        )));
    }
    Ok(found?)
}
