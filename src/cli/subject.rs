//! What an argument names: an architecture, a checkpoint of a training, or the folder of a run and one of its trials.

use super::error::CliError;
use super::output;
use crate::network::{Size, Task};
use crate::run::{Command, Ledger, Meta, RunError, TrialRow, best_network, foreign_files, quoted};
use crate::shown::{Show, counted};
use crate::train::{Saved, TrainError};
use std::path::{Path, PathBuf};

/// What was found under a name.
pub(super) enum Subject {
    /// Nothing on the disk: the text itself.
    Text,
    /// A checkpoint that `train --out` wrote.
    Checkpoint(PathBuf, Box<Saved>),
    /// A run and one of its architectures.
    Run(Box<OfRun>),
}

/// An architecture of a run: the best one, unless a trial was named.
pub(super) struct OfRun {
    /// The run's folder.
    pub(super) folder: PathBuf,
    /// What the ledger says of it.
    pub(super) meta: Meta,
    /// The architecture's text.
    pub(super) arch: String,
    /// The trial that evaluated it; none of the best child of shared weights, which is no trial.
    pub(super) trial: Option<usize>,
    /// Whether it is the best architecture, whose weights a run that trains keeps.
    pub(super) best: bool,
}

impl Subject {
    /// Looks what there is under a name; a trial is one of a run.
    pub(super) fn of(name: &str, trial: Option<usize>) -> Result<Self, CliError> {
        let path = Path::new(name);
        if path.is_dir() {
            return Ok(Self::Run(Box::new(OfRun::find(path, trial)?)));
        }
        if trial.is_some() {
            return Err(CliError::Usage(format!(
                "--trial names a trial of a run, but {name} is not the folder of a run; leave out --trial"
            )));
        }
        // A pipe or a device is refused by name, as everything that is no checkpoint.
        if path.exists() {
            let saved = Saved::read(path).map_err(|error| CliError::Failed(error.to_string()))?;
            return Ok(Self::Checkpoint(path.to_owned(), Box::new(saved)));
        }
        Ok(Self::Text)
    }
}

impl OfRun {
    /// The images, width and depth that the run builds networks for.
    pub(super) fn sizes(&self) -> (Task, Size) {
        let Meta { input, classes, channels, cells, .. } = self.meta;
        (Task { input, classes }, Size { channels, cells })
    }

    fn find(folder: &Path, trial: Option<usize>) -> Result<Self, CliError> {
        let ledger = open(folder)?;
        let (best, meta) = (ledger.best_arch()?, ledger.meta()?);
        let folder = folder.to_owned();
        let Some(number) = trial else {
            let nothing =
                || CliError::Failed(format!("the run {} has not evaluated any architecture yet", folder.shown()));
            let arch = best.ok_or_else(nothing)?;
            warn_of_foreign(&folder, &ledger)?;
            let trial = ledger.best()?.filter(|trial| trial.arch == arch).map(|trial| trial.number);
            return Ok(Self { folder, meta, arch, trial, best: true });
        };
        let trials = ledger.trials()?;
        let found = trials.iter().find(|trial| trial.number == number);
        let TrialRow { arch, .. } = found.cloned().ok_or_else(|| no_trial(&folder, number, trials.len()))?;
        let best = best.as_ref() == Some(&arch);
        Ok(Self { folder, meta, arch, trial, best })
    }

    /// The checkpoint of its training: that of `graphpnas train RUN`, where it has come further than what a run that trains keeps
    /// of its best network; none of a run that looks rewards up in a table, where no network was trained since.
    ///
    /// # Errors
    /// Weights that a run that trains does not keep or has not kept yet.
    pub(super) fn network(&self) -> Result<Option<PathBuf>, CliError> {
        let looks_up = Command::read(&self.folder)?.table.is_some();
        let kept = match looks_up {
            true => None,
            false => best_network(&self.folder, &self.arch).map_err(|error| CliError::Failed(error.to_string()))?,
        };
        if let Some(longer) = self.trained_longer(kept.as_deref())? {
            return Ok(Some(longer));
        }
        match kept {
            None if !looks_up => Err(self.not_kept()),
            kept => Ok(kept),
        }
    }

    /// The network of `graphpnas train RUN`, where it has more epochs than the one that the search kept.
    fn trained_longer(&self, kept: Option<&Path>) -> Result<Option<PathBuf>, CliError> {
        let path = self.trained();
        if !path.is_file() {
            return Ok(None);
        }
        let failed = |error: TrainError| CliError::Failed(error.to_string());
        let trained = Saved::read(&path).map_err(failed)?;
        let epochs = kept.map_or(Ok(0), |kept| Saved::read(kept).map(|saved| saved.epochs())).map_err(failed)?;
        let is_longer = trained.model.arch == self.arch && trained.epochs() > epochs;
        if is_longer {
            let (shown, done) = (path.shown().to_string(), counted(trained.epochs(), "epoch", "epochs"));
            output::note(&format!("note: the network is that of {shown}, trained for {done}"));
        }
        Ok(is_longer.then_some(path))
    }

    fn not_kept(&self) -> CliError {
        let folder = self.folder.shown();
        CliError::Failed(match self.best {
            true => format!(
                "the weights of {} are not in {}; a run that was stopped keeps them when it goes on (search --resume), or \
                 train the network: {}",
                self.arch,
                self.folder.join("best").shown(),
                self.train_command()
            ),
            false => format!(
                "the run {folder} keeps weights of its best trial only; train the network of this one: {}",
                self.train_command()
            ),
        })
    }

    /// What to say where a network is wanted of a run that trained none.
    pub(super) fn untrained(&self) -> CliError {
        CliError::Failed(format!(
            "the run {} looked its rewards up in a table and trained no network; train one on images: {}",
            self.folder.shown(),
            self.train_command()
        ))
    }

    /// Where `graphpnas train RUN` keeps its network: `trained/trial-N.safetensors` in the run.
    pub(super) fn trained(&self) -> PathBuf {
        let name = self.trial.map_or_else(|| "best".to_owned(), |number| format!("trial-{number}"));
        self.folder.join(TRAINED).join(format!("{name}.safetensors"))
    }

    /// The command that trains its network; a run that looks rewards up in a table has no images for it.
    pub(super) fn train_command(&self) -> String {
        let mut command = format!("graphpnas train {}", quoted(&self.folder.shown().to_string()));
        if let (false, Some(number)) = (self.best, self.trial) {
            command.push_str(&format!(" --trial {number}"));
        }
        if Command::read(&self.folder).is_ok_and(|begun| begun.table.is_some()) {
            command.push_str(" --data PATH");
        }
        command
    }
}

/// Warns of files with figures of the best network that are another run's.
pub(super) fn warn_of_foreign(folder: &Path, ledger: &Ledger) -> Result<(), CliError> {
    for path in foreign_files(folder, ledger)? {
        output::warning(&format!(
            "warning: {} belongs to another run and is not used; put back the file that belongs here",
            path.shown()
        ));
    }
    Ok(())
}

/// The folder of a run for the networks that `graphpnas train RUN` trained.
pub(super) const TRAINED: &str = "trained";

fn no_trial(folder: &Path, number: usize, count: usize) -> CliError {
    let there = if count == 0 { "it has none".to_owned() } else { format!("it has the trials 1 to {count}") };
    CliError::Usage(format!("the run {} has no trial {number}: {there}", folder.shown()))
}

/// Opens the ledger of a run to read it. It is asked first: what it holds is readable whatever befell the other files.
pub(super) fn open(folder: &Path) -> Result<Ledger, CliError> {
    let found = Ledger::open_read(folder);
    if !matches!(found, Err(RunError::NoRun { .. })) {
        return Ok(found?);
    }
    if let Some(seeds) = Command::read(folder)?.seeds {
        let first = seeds.split("..").next().unwrap_or_default();
        return Err(CliError::Usage(format!(
            "{} holds a run for each of the seeds {seeds}; name one of them, such as {}",
            folder.shown(),
            folder.join(format!("seed-{first}")).shown()
        )));
    }
    Ok(found?)
}
