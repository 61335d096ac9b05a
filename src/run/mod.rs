//! The folder of a run: its configuration, the ledger of all it did, the same for TensorBoard, and the checkpoint from which
//! it goes on.
//!
//! A search that was killed is taken up like this: it goes back to its last checkpoint, which is at most some rounds old,
//! and repeats these. All random numbers are keyed by seed, purpose and round, so it draws the same architectures again;
//! what the ledger says of them is not evaluated again. So the history is that of a run that was never interrupted.

mod checkpoint;
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
mod seal;
mod several;

pub use command::{Command, quoted};
pub use error::RunError;
pub use folder::{CONFIG, Folder, keeps};
pub use ledger::Ledger;
pub use network::{DESCRIBED, TEXT, best_classes, best_network, foreign_files};
pub use origin::{Origin, SEARCH_VERSION, Sources};
pub use record::{DistributionRow, Meta, RoundRow, State, TrialRow};
pub use several::begin_set;

use crate::search::{Config, Observer, Outcome, Record, SearchError, SearchLoop};
use crate::shown::Show;
use events::Events;
use origin::Kept;
use recorder::RunRecorder;
use std::path::Path;

/// The result of a run, as it was printed.
pub const HISTORY: &str = "history.json";

/// The trained generator.
pub const GENERATOR: &str = "generator.safetensors";

/// A run whose folder is open for writing.
#[derive(Debug)]
pub struct Run {
    folder: Folder,
    ledger: Ledger,
    origin: Origin,
    notes: Vec<String>,
    anew: Option<String>,
}

impl Run {
    /// Begins a run in an empty folder, or opens the one that is there to go on with it, perhaps with a larger budget.
    ///
    /// # Errors
    /// A folder that is damaged or cannot be written to, or a run that was begun with something else.
    pub fn begin_or_open(
        folder: Folder,
        command: &Command,
        config: &Config,
        meta: &Meta,
        sources: &Sources,
    ) -> Result<Self, RunError> {
        let path = folder.path();
        let begun = path.join(command::FILE).is_file();
        let kept = if begun { origin::kept(path)? } else { None };
        let (origin, notes) = match &kept {
            Some(kept) => {
                kept.check_files(path)?;
                if command.run.as_ref().is_some_and(|run| *run != kept.now.id) {
                    return Err(RunError::OtherRun { path: path.to_owned() });
                }
                (kept.now.going_on(path, command, config, sources)?, kept.now.notes(&meta.device))
            }
            None => {
                // With neither ledger nor checkpoint the run begins anew under its name.
                let run = if begun { Command::read(path)?.run } else { None };
                let command = Command { run: run.or_else(|| command.run.clone()), ..command.clone() };
                (Origin::new(path, &command, config, &meta.device, sources)?, Vec::new())
            }
        };
        let anew = (begun && kept.is_none()).then(|| anew(path));
        // A run whose ledger was taken away because it was damaged begins another one.
        let there = begun && path.join(ledger::FILE).is_file();
        let ledger = if there { Ledger::open(path)? } else { Ledger::create(path)? };
        let started = if there { ledger.meta()?.started } else { ledger::now() };
        ledger.put_meta(&Meta { started, status: "running".into(), ..meta.clone() })?;
        let before = kept.map(|kept| kept.now).filter(|before| *before != origin);
        ledger.put_origin(&Kept { now: origin.clone(), before })?;
        // The command comes last: with it the beginning is whole.
        begin(&folder, &origin.command, config)?;
        ledger.put_origin(&origin.clone().into())?;
        Ok(Self { folder, ledger, origin, notes, anew })
    }

    /// What is worth knowing of a run that goes on, a sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is said of a run that has lost all it had found and begins anew.
    #[must_use]
    pub fn anew(&self) -> Option<&str> {
        self.anew.as_deref()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The run's own name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.origin.id
    }

    /// The ledger, to read.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Searches from the last checkpoint, or from the start where there is none, to the end of the budget, and keeps the
    /// outcome and the generator.
    ///
    /// # Errors
    /// What the search fails with, or a folder that cannot be written to. What was kept until then stays, and the run can
    /// be opened again.
    pub fn search(&self, search: &mut SearchLoop, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
        let mut events = Events::begin(self.folder.path(), &self.ledger)?;
        let result = self.go_on(search, observer, &mut events);
        let status = match &result {
            Ok(_) => "finished",
            Err(RunError::Search(SearchError::Stopped { .. })) => "stopped",
            Err(_) => "failed",
        };
        let ended = self.ledger.put("status", status);
        let ended = ended.and_then(|()| self.ledger.put("ended", ledger::now()));
        let closed = ended.and_then(|()| events.end(&self.ledger)).and_then(|()| self.ledger.close());
        // A run that failed says why it did, not what failed after that.
        let outcome = result?;
        closed?;
        Ok(outcome)
    }

    fn go_on(
        &self,
        search: &mut SearchLoop,
        observer: &mut dyn Observer,
        events: &mut Events,
    ) -> Result<Outcome, RunError> {
        network::tidy(self.folder.path(), self.ledger.best_arch()?.as_deref(), &self.origin.id)?;
        let found = self.restore(search)?;
        if let Some(memory) = self.ledger.memory()? {
            search.recall(&memory)?;
        }
        let kept = (&self.ledger, &self.origin);
        let mut recorder = RunRecorder::new(self.folder.path(), kept, search, observer, events)?.knowing(found);
        let result = search.run(&mut recorder);
        recorder.failed()?;
        let outcome = result?;
        recorder.last(search)?;
        search.update_generator(&mut recorder)?;
        self.ledger.trim(search.trials(), search.rounds())?;
        recorder.look(search, search.rounds())?;
        let generator = self.folder.path().join(GENERATOR);
        search.generator().save(&generator)?;
        self.folder.put_json(HISTORY, &outcome)?;
        // Generators that learn nothing leave no file.
        for path in [HISTORY, GENERATOR].map(|name| self.folder.path().join(name)).iter().filter(|path| path.is_file())
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            self.ledger.put(&checksum_key(&name), checksum(path)?)?;
        }
        Ok(outcome)
    }

    /// Takes up the last checkpoint, if the ledger has all trials before it. Otherwise the search begins anew, to have them
    /// in the ledger again, and what the checkpoint knows of them is returned.
    fn restore(&self, search: &mut SearchLoop) -> Result<Vec<Record>, RunError> {
        let Some((snapshot, origin)) = checkpoint::load(self.folder.path())? else { return Ok(Vec::new()) };
        if origin.is_none_or(|origin| origin.id != self.origin.id) {
            return Err(RunError::OtherRun { path: checkpoint::path(self.folder.path()) });
        }
        let (trials, records) = snapshot.found()?;
        let over = |row: &TrialRow| row.number <= trials && row.state != State::Pending;
        if self.ledger.trials()?.iter().filter(|row| over(row)).count() == trials {
            search.restore(&snapshot)?;
            return Ok(Vec::new());
        }
        Ok(if search.remembers() { Vec::new() } else { records })
    }
}

/// What is said of a run that has lost what it had found.
fn anew(folder: &Path) -> String {
    format!("note: the run {} has neither ledger nor checkpoint any more, and begins anew", folder.shown())
}

/// The key under which a ledger holds the checksum of a file of its run.
fn checksum_key(name: &str) -> String {
    format!("checksum of {name}")
}

fn checksum(path: &Path) -> Result<u32, RunError> {
    Ok(crc32c::crc32c(&std::fs::read(path).map_err(RunError::file("read", path))?))
}

/// Refuses a file that a run kept at its end and that was changed since, or is another run's. Runs of earlier versions, and
/// folders without a ledger, say nothing of it.
///
/// # Errors
/// A file that is not the run's, or a damaged ledger.
pub fn is_own(folder: &Path, name: &str) -> Result<(), RunError> {
    if !folder.join(ledger::FILE).is_file() {
        return Ok(());
    }
    let kept: Option<u32> = Ledger::open_read(folder)?.value(&checksum_key(name))?;
    let path = folder.join(name);
    match kept {
        Some(kept) if checksum(&path)? != kept => Err(RunError::NotAsKept { path }),
        _ => Ok(()),
    }
}

/// What a run or a set of runs was made of, before it goes on; none of a run that has lost ledger and checkpoint and begins anew.
///
/// # Errors
/// A folder without a run, a damaged one, one of an earlier version, or one whose configuration or command was changed.
pub fn unchanged(folder: &Path) -> Result<Option<Origin>, RunError> {
    let of_several = Command::read(folder)?.seeds.is_some() || folder.join(several::FILE).is_file();
    let kept = if of_several { Some(several::read(folder)?) } else { origin::kept(folder)? };
    if let Some(kept) = &kept {
        kept.check_files(folder)?;
    }
    Ok(kept.map(|kept| kept.now))
}

/// The shared weights in the checkpoint of a run; none where it has no checkpoint, or no shared weights.
///
/// # Errors
/// A checkpoint that cannot be read.
pub fn shared_weights(folder: &Path) -> Result<Option<crate::nn::Checkpoint>, RunError> {
    Ok(checkpoint::load(folder)?.and_then(|(snapshot, _)| snapshot.shared))
}

/// Keeps what a run, or a set of runs with a seed each, was asked for.
fn begin(folder: &Folder, command: &Command, config: &Config) -> Result<(), RunError> {
    let path = folder.path().join(CONFIG);
    let text = config.to_toml().map_err(|error| RunError::Damaged { path, why: error.to_string() })?;
    folder.put(CONFIG, text.as_bytes())?;
    folder.put_json(command::FILE, command)
}
