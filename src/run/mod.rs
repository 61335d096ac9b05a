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
mod keeper;
mod ledger;
mod network;
mod read;
mod record;
mod seal;

pub use command::Command;
pub use error::RunError;
pub use folder::{CONFIG, Folder};
pub use ledger::Ledger;
pub use network::{best_classes, best_network};
pub use record::{DistributionRow, Meta, RoundRow, State, TrialRow};

use crate::search::{Config, Observer, Outcome, Record, Search, SearchError};
use events::Events;
use keeper::Keeper;

/// The result of a run, as it was printed.
pub const HISTORY: &str = "history.json";

/// The trained generator.
pub const GENERATOR: &str = "generator.safetensors";

/// A run whose folder is open for writing.
#[derive(Debug)]
pub struct Run {
    folder: Folder,
    ledger: Ledger,
}

impl Run {
    /// Begins a run in an empty folder, or opens the one that is there to go on with it, perhaps with a larger budget.
    ///
    /// # Errors
    /// A folder that is damaged or cannot be written to.
    pub fn begin_or_open(folder: Folder, command: &Command, config: &Config, meta: &Meta) -> Result<Self, RunError> {
        // A run whose ledger was taken away because it was damaged begins another one.
        let begun = [command::FILE, ledger::FILE].iter().all(|file| folder.path().join(file).is_file());
        let ledger = if begun { Ledger::open(folder.path())? } else { Ledger::create(folder.path())? };
        let started = if begun { ledger.meta()?.started } else { ledger::now() };
        ledger.put_meta(&Meta { started, status: "running".into(), ..meta.clone() })?;
        // The command comes last: with it the beginning is whole.
        begin(&folder, command, config)?;
        Ok(Self { folder, ledger })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
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
    pub fn search(&self, search: &mut Search, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
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
        search: &mut Search,
        observer: &mut dyn Observer,
        events: &mut Events,
    ) -> Result<Outcome, RunError> {
        network::tidy(self.folder.path(), self.ledger.best_arch()?.as_deref())?;
        let found = self.restore(search)?;
        if let Some(memory) = self.ledger.memory()? {
            search.recall(&memory)?;
        }
        let mut keeper = Keeper::new(self.folder.path(), &self.ledger, search, observer, events)?.knowing(found);
        let result = search.run(&mut keeper);
        keeper.failed()?;
        let outcome = result?;
        keeper.last(search)?;
        search.teach(&mut keeper)?;
        self.ledger.trim(search.trials(), search.rounds())?;
        keeper.look(search, search.rounds())?;
        let generator = self.folder.path().join(GENERATOR);
        search.generator().save(&generator)?;
        self.folder.put_json(HISTORY, &outcome)?;
        Ok(outcome)
    }

    /// Takes up the last checkpoint, if the ledger has all trials before it. Otherwise the search begins anew, to have them
    /// in the ledger again, and what the checkpoint knows of them is returned.
    fn restore(&self, search: &mut Search) -> Result<Vec<Record>, RunError> {
        let Some(snapshot) = checkpoint::load(self.folder.path())? else { return Ok(Vec::new()) };
        let (trials, records) = snapshot.found()?;
        let over = |row: &TrialRow| row.number <= trials && row.state != State::Pending;
        if self.ledger.trials()?.iter().filter(|row| over(row)).count() == trials {
            search.restore(&snapshot)?;
            return Ok(Vec::new());
        }
        Ok(if search.remembers() { Vec::new() } else { records })
    }
}

/// Keeps what a run, or a set of runs with a seed each, was asked for.
///
/// # Errors
/// When the system cannot write there.
pub fn begin(folder: &Folder, command: &Command, config: &Config) -> Result<(), RunError> {
    let path = folder.path().join(CONFIG);
    let text = config.to_toml().map_err(|error| RunError::Damaged { path, why: error.to_string() })?;
    folder.put(CONFIG, text.as_bytes())?;
    folder.put_json(command::FILE, command)
}
