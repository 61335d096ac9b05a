//! The folder of a run: its configuration, the ledger (an SQLite database of all trials and rounds), the event file for
//! TensorBoard, and the checkpoint from which the run resumes.
//!
//! A killed search resumes from its last checkpoint, which is at most a few rounds old, and repeats the rounds after
//! it. All random numbers are keyed by seed, purpose and round, so it draws the same architectures again, and rewards
//! that are already in the ledger are not evaluated again. The history therefore equals that of an uninterrupted run.

mod checkpoint;
mod checksum;
mod command;
mod error;
mod events;
mod folder;
mod ledger;
mod network;
mod origin;
mod read;
mod record;
mod recorder;
mod several;

pub use command::{Command, quoted};
pub use error::RunError;
pub use folder::{CONFIG, Folder, is_run_file};
pub use ledger::Ledger;
pub use network::{DESCRIBED, TEXT, best_classes, best_network, files_of_other_runs};
pub use origin::{Origin, SEARCH_VERSION, Sources};
pub use record::{DistributionRow, Meta, RoundRow, State, TrialRow};
pub use several::begin_set;

use crate::search::{Config, Observer, Outcome, SearchError, SearchLoop, TrialRecord};
use crate::shown::Show;
use events::Events;
use origin::SavedOrigin;
use recorder::RunRecorder;
use std::path::Path;

/// File name of the result of a run, the JSON that the search printed.
pub const HISTORY: &str = "history.json";

/// File name of the trained generator.
pub const GENERATOR: &str = "generator.safetensors";

/// A run whose folder is open for writing.
#[derive(Debug)]
pub struct Run {
    folder: Folder,
    ledger: Ledger,
    origin: Origin,
    notes: Vec<String>,
    restart: Option<String>,
}

impl Run {
    /// Starts a run in an empty folder, or opens an existing run to resume it, possibly with a larger budget.
    ///
    /// # Errors
    /// The folder is damaged or cannot be written to, or the run was started with another configuration, table or data
    /// set.
    pub fn begin_or_open(
        folder: Folder,
        command: &Command,
        config: &Config,
        meta: &Meta,
        sources: &Sources,
    ) -> Result<Self, RunError> {
        let path = folder.path();
        let started_before = path.join(command::FILE).is_file();
        let saved = if started_before { origin::load(path)? } else { None };
        let (origin, notes) = match &saved {
            Some(saved) => {
                saved.check_files(path)?;
                if command.run.as_ref().is_some_and(|run| *run != saved.now.id) {
                    return Err(RunError::OtherRun { path: path.to_owned() });
                }
                (saved.now.resumed_with(path, command, config, sources)?, saved.now.notes(&meta.device))
            }
            None => {
                // With neither ledger nor checkpoint the run restarts under the same id.
                let run = if started_before { Command::read(path)?.run } else { None };
                let command = Command { run: run.or_else(|| command.run.clone()), ..command.clone() };
                (Origin::new(path, &command, config, &meta.device, sources)?, Vec::new())
            }
        };
        let restart = (started_before && saved.is_none()).then(|| restart_note(path));
        // If the user removed a damaged ledger, the run creates a new one.
        let has_ledger = started_before && path.join(ledger::FILE).is_file();
        let ledger = if has_ledger { Ledger::open(path)? } else { Ledger::create(path)? };
        let started = if has_ledger { ledger.meta()?.started } else { ledger::now() };
        ledger.put_meta(&Meta { started, status: "running".into(), ..meta.clone() })?;
        let before = saved.map(|saved| saved.now).filter(|before| *before != origin);
        ledger.put_origin(&SavedOrigin { now: origin.clone(), before })?;
        // The command is written last: it marks a completely initialised folder.
        write_request(&folder, &origin.command, config)?;
        ledger.put_origin(&origin.clone().into())?;
        Ok(Self { folder, ledger, origin, notes, restart })
    }

    /// Remarks for the user about a resumed run, such as another device; one sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The remark that the run restarts from nothing because ledger and checkpoint are missing; `None` for all other
    /// runs.
    #[must_use]
    pub fn restart_note(&self) -> Option<&str> {
        self.restart.as_deref()
    }

    /// The folder of the run.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The unique id of the run.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.origin.id
    }

    /// The ledger of the run, for reading.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Searches from the last checkpoint, or from the start without one, until the budget is used up, and saves the
    /// outcome and the generator.
    ///
    /// # Errors
    /// The search fails, or the folder cannot be written to. Everything saved until then stays, and the run can be
    /// resumed.
    pub fn search(&self, search: &mut SearchLoop, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
        let mut events = Events::begin(self.folder.path(), &self.ledger)?;
        let result = self.resume(search, observer, &mut events);
        let status = match &result {
            Ok(_) => "finished",
            Err(RunError::Search(SearchError::Stopped { .. })) => "stopped",
            Err(_) => "failed",
        };
        let ended = self.ledger.put("status", status);
        let ended = ended.and_then(|()| self.ledger.put("ended", ledger::now()));
        let closed = ended.and_then(|()| events.end(&self.ledger)).and_then(|()| self.ledger.close());
        // Report the error of the search rather than a later one of closing the files.
        let outcome = result?;
        closed?;
        Ok(outcome)
    }

    fn resume(
        &self,
        search: &mut SearchLoop,
        observer: &mut dyn Observer,
        events: &mut Events,
    ) -> Result<Outcome, RunError> {
        network::recover(self.folder.path(), self.ledger.best_arch()?.as_deref(), &self.origin.id)?;
        let records = self.restore(search)?;
        if let Some(memory) = self.ledger.memory()? {
            search.restore_history(&memory)?;
        }
        let target = (&self.ledger, &self.origin);
        let mut recorder =
            RunRecorder::new(self.folder.path(), target, search, observer, events)?.with_results(records);
        let result = search.run(&mut recorder);
        recorder.check()?;
        let outcome = result?;
        recorder.final_checkpoint(search)?;
        search.update_generator(&mut recorder)?;
        self.ledger.trim(search.trials(), search.rounds())?;
        recorder.record_distribution(search, search.rounds())?;
        let generator = self.folder.path().join(GENERATOR);
        search.generator().save(&generator)?;
        self.folder.put_json(HISTORY, &outcome)?;
        // Generators without trainable weights write no file.
        for path in [HISTORY, GENERATOR].map(|name| self.folder.path().join(name)).iter().filter(|path| path.is_file())
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            self.ledger.put(&checksum_key(&name), checksum(path)?)?;
        }
        Ok(outcome)
    }

    /// Restores the last checkpoint, provided the ledger has all trials before it. Otherwise the search restarts in
    /// order to fill the ledger again, and this returns the records of the checkpoint so that they are not evaluated
    /// again.
    fn restore(&self, search: &mut SearchLoop) -> Result<Vec<TrialRecord>, RunError> {
        let Some((snapshot, origin)) = checkpoint::load(self.folder.path())? else { return Ok(Vec::new()) };
        if origin.is_none_or(|origin| origin.id != self.origin.id) {
            return Err(RunError::OtherRun { path: checkpoint::path(self.folder.path()) });
        }
        let (trials, records) = snapshot.found()?;
        let is_finished = |row: &TrialRow| row.number <= trials && row.state != State::Pending;
        if self.ledger.trials()?.iter().filter(|row| is_finished(row)).count() == trials {
            search.restore(&snapshot)?;
            return Ok(Vec::new());
        }
        Ok(if search.rewards_depend_on_history() { Vec::new() } else { records })
    }
}

/// The remark about a run without ledger and checkpoint.
fn restart_note(folder: &Path) -> String {
    format!(
        "note: the run {} has neither ledger nor checkpoint any more and restarts from the beginning",
        folder.shown()
    )
}

/// The key in the ledger's `meta` table for the checksum of a file of the run.
fn checksum_key(name: &str) -> String {
    format!("checksum of {name}")
}

fn checksum(path: &Path) -> Result<u32, RunError> {
    Ok(crc32c::crc32c(&std::fs::read(path).map_err(RunError::file("read", path))?))
}

/// Checks that a file which the run saved at its end was neither changed nor replaced by a file of another run. Accepts
/// every file of a run of an earlier version or of a folder without a ledger, since no checksum is known there.
///
/// # Errors
/// The file is not the one that the run saved, or the ledger is damaged.
pub fn check_belongs_to_run(folder: &Path, name: &str) -> Result<(), RunError> {
    if !folder.join(ledger::FILE).is_file() {
        return Ok(());
    }
    let saved: Option<u32> = Ledger::open_read(folder)?.value(&checksum_key(name))?;
    let path = folder.join(name);
    match saved {
        Some(saved) if checksum(&path)? != saved => Err(RunError::FileChanged { path }),
        _ => Ok(()),
    }
}

/// Reads the result of a run, a file [`HISTORY`].
///
/// # Errors
/// The file cannot be read or is damaged.
pub fn read_outcome(file: &Path) -> Result<Outcome, RunError> {
    let text = std::fs::read_to_string(file).map_err(RunError::file("read", file))?;
    serde_json::from_str(&text).map_err(|error| RunError::Damaged { path: file.to_owned(), why: error.to_string() })
}

/// Returns the origin of a run or a set of runs, after checking the folder against it. Returns `None` for a run that
/// has lost ledger and checkpoint and will restart.
///
/// # Errors
/// The folder has no run, is damaged, was written by an earlier version, or its configuration or command was changed.
pub fn checked_origin(folder: &Path) -> Result<Option<Origin>, RunError> {
    let is_set = Command::read(folder)?.seeds.is_some() || folder.join(several::FILE).is_file();
    let saved = if is_set { Some(several::read(folder)?) } else { origin::load(folder)? };
    if let Some(saved) = &saved {
        saved.check_files(folder)?;
    }
    Ok(saved.map(|saved| saved.now))
}

/// Returns the shared weights in the checkpoint of a run, or `None` without a checkpoint or without shared weights.
///
/// # Errors
/// The checkpoint cannot be read.
pub fn shared_weights(folder: &Path) -> Result<Option<crate::nn::Checkpoint>, RunError> {
    Ok(checkpoint::load(folder)?.and_then(|(snapshot, _)| snapshot.shared))
}

/// Writes the configuration and the command of a run, or of a set of runs with one seed each.
fn write_request(folder: &Folder, command: &Command, config: &Config) -> Result<(), RunError> {
    let path = folder.path().join(CONFIG);
    let text = config.to_toml().map_err(|error| RunError::Damaged { path, why: error.to_string() })?;
    folder.put(CONFIG, text.as_bytes())?;
    folder.put_json(command::FILE, command)
}
