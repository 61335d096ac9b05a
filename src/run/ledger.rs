//! The ledger: an SQLite database with a row for every trial and round, written by one process at a time.
//!
//! It uses WAL mode: other processes can read while the run writes, and a killed process loses no committed data. A
//! commit does not wait for the disk. [`Ledger::sync`] does; it is called before every checkpoint and at regular
//! intervals.

use super::checksum;
use super::error::RunError;
use super::origin::SavedOrigin;
use super::record::{Meta, State};
use crate::convert::to_i64;
use crate::search::{Best, Distribution, Round, Trial, TrialEnd, TrialResult};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, params};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// File name of the ledger in the folder of a run.
pub const FILE: &str = "run.db";

/// The version of the schema.
const VERSION: i64 = 3;

/// The SQLite application id of ledgers: the letters GPNL.
const APPLICATION: i64 = 0x4750_4e4c;

/// How long to wait while a reader locks the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
}

/// The current time in seconds since 1970 (UTC).
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

impl Ledger {
    /// Creates a ledger in a folder, replacing an existing one.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn create(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(FILE);
        for end in ["", "-wal", "-shm", "-journal"] {
            match std::fs::remove_file(folder.join(format!("{FILE}{end}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(RunError::file("write", &path)(error));
                }
                _ => {}
            }
        }
        let connection = Connection::open(&path).map_err(RunError::ledger(&path))?;
        let ledger = Self { path, connection };
        ledger.pragma("journal_mode", "wal")?;
        ledger.pragma("synchronous", "full")?;
        let tables = include_str!("schema.sql");
        let schema =
            format!("BEGIN; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; {tables} COMMIT;");
        ledger.run(&schema)?;
        ledger.pragma("synchronous", "normal")?;
        Ok(ledger)
    }

    /// Opens the ledger of a resumed run for writing.
    ///
    /// # Errors
    /// The ledger is missing, damaged, or of another version.
    pub(super) fn open(folder: &Path) -> Result<Self, RunError> {
        let ledger = Self::open_as(folder, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        ledger.pragma("journal_mode", "wal")?;
        ledger.pragma("synchronous", "normal")?;
        Ok(ledger)
    }

    /// Opens the ledger of a run for reading, also while the run is active.
    ///
    /// # Errors
    /// The ledger is missing, damaged, or of another version.
    pub fn open_read(folder: &Path) -> Result<Self, RunError> {
        // A process that was killed while it left WAL mode leaves a journal, which only a writer can roll back.
        let journal = folder.join(format!("{FILE}-journal"));
        match journal.is_file() {
            true => Self::open_as(folder, OpenFlags::SQLITE_OPEN_READ_WRITE),
            false => Self::open_as(folder, OpenFlags::SQLITE_OPEN_READ_ONLY),
        }
    }

    fn open_as(folder: &Path, flags: OpenFlags) -> Result<Self, RunError> {
        if folder.is_file() {
            return Err(RunError::IsAFile(folder.to_owned()));
        }
        let path = folder.join(FILE);
        if !path.is_file() {
            return Err(RunError::NoRun { path: folder.to_owned(), missing: FILE });
        }
        let connection = Connection::open_with_flags(&path, flags).map_err(RunError::ledger(&path))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(RunError::ledger(&path))?;
        let ledger = Self { path, connection };
        ledger.check()?;
        Ok(ledger)
    }

    fn check(&self) -> Result<(), RunError> {
        let read = |pragma: &str| {
            let value = self.connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
            value.map_err(RunError::ledger(&self.path))
        };
        if read("application_id")? != APPLICATION {
            return Err(self.damaged("it is a database of another program"));
        }
        let found = read("user_version")?;
        if found != VERSION {
            return Err(RunError::Schema { path: self.path.clone(), found, known: VERSION });
        }
        self.check_schema_text()?;
        let result = self.connection.pragma_query_value(None, "quick_check", |row| row.get::<_, String>(0));
        match result.map_err(RunError::ledger(&self.path))?.as_str() {
            "ok" => Ok(()),
            // SQLite prints a heading in asterisks and then one fault per line.
            faults => Err(self.damaged(faults.lines().find(|fault| !fault.starts_with('*')).unwrap_or(faults))),
        }
    }

    /// Checks that the schema is text: rusqlite panics on column names that are not.
    fn check_schema_text(&self) -> Result<(), RunError> {
        let failed = RunError::ledger(&self.path);
        let mut statement =
            self.connection.prepare("SELECT CAST(sql AS BLOB) AS sql FROM sqlite_schema").map_err(&failed)?;
        let texts = statement.query_map([], |row| row.get::<_, Option<Vec<u8>>>(0)).map_err(&failed)?;
        for text in texts {
            if std::str::from_utf8(&text.map_err(&failed)?.unwrap_or_default()).is_err() {
                return Err(self.damaged("its schema is not text"));
            }
        }
        Ok(())
    }

    pub(super) fn damaged(&self, why: impl std::fmt::Display) -> RunError {
        RunError::damaged_ledger(&self.path, why)
    }

    fn run(&self, statements: &str) -> Result<(), RunError> {
        self.connection.execute_batch(statements).map_err(RunError::ledger(&self.path))
    }

    fn execute(&self, statement: &str, values: impl rusqlite::Params) -> Result<(), RunError> {
        self.connection.execute(statement, values).map(|_| ()).map_err(RunError::ledger(&self.path))
    }

    fn pragma(&self, name: &str, value: &str) -> Result<(), RunError> {
        // Some pragmas return a row and some do not.
        let set = self.connection.pragma_update_and_check(None, name, value, |_| Ok(()));
        match set {
            Ok(()) | Err(rusqlite::Error::QueryReturnedNoRows) => Ok(()),
            Err(error) => Err(RunError::ledger(&self.path)(error)),
        }
    }

    /// Writes all committed data to the disk and waits for it.
    pub(super) fn sync(&self) -> Result<(), RunError> {
        self.pragma("synchronous", "full")?;
        self.put("synced", now())?;
        self.pragma("synchronous", "normal")
    }

    /// Leaves WAL mode, so that the database is a single file that can be read from a read-only folder.
    pub(super) fn close(&self) -> Result<(), RunError> {
        self.sync()?;
        // This fails while another process reads the database; it then stays in WAL mode.
        let _ = self.pragma("journal_mode", "delete");
        Ok(())
    }

    /// Inserts a row, or replaces the row with the same key. Columns are in the order of the table.
    fn insert(&self, table: &str, row: &[(&str, &dyn ToSql)]) -> Result<(), RunError> {
        let failed = RunError::ledger(&self.path);
        let values = row.iter().map(|(_, value)| value.to_sql()).collect::<Result<Vec<_>, _>>().map_err(&failed)?;
        let stored = values.iter().map(|value| match value {
            ToSqlOutput::Borrowed(value) => *value,
            ToSqlOutput::Owned(value) => ValueRef::from(value),
            _ => ValueRef::Null,
        });
        let names: Vec<_> = row.iter().map(|(name, _)| *name).collect();
        let sum = checksum::checksum(names.iter().copied().zip(stored));
        let placeholders = (1..=names.len()).map(|index| format!("?{index}")).collect::<Vec<_>>().join(", ");
        let statement = format!(
            "INSERT OR REPLACE INTO {table} ({}, {}) VALUES ({placeholders}, {sum})",
            names.join(", "),
            checksum::COLUMN
        );
        self.execute(&statement, rusqlite::params_from_iter(values))
    }

    /// Sets a value in the `meta` table, stored as JSON.
    pub(super) fn put(&self, key: &str, value: impl Into<Value>) -> Result<(), RunError> {
        self.insert("meta", &[("key", &key), ("value", &value.into().to_string())])
    }

    /// Sets all values of `meta`, and deletes those that are null.
    pub(super) fn put_meta(&self, meta: &Meta) -> Result<(), RunError> {
        let rows = meta.rows().map_err(|error| self.damaged(error))?;
        self.transaction(|| {
            rows.into_iter().try_for_each(|(key, value)| match value {
                Value::Null => self.execute("DELETE FROM meta WHERE key = ?1", [key]),
                value => self.put(&key, value),
            })
        })
    }

    /// Sets the best architecture if it does not come from a trial.
    pub(super) fn put_best(&self, best: &Best) -> Result<(), RunError> {
        self.put("best", serde_json::to_value(best).map_err(|error| self.damaged(error))?)
    }

    /// Saves the origin of the run.
    pub(super) fn put_origin(&self, origin: &SavedOrigin) -> Result<(), RunError> {
        self.put(ORIGIN, serde_json::to_value(origin).map_err(|error| self.damaged(error))?)
    }

    /// Records the start of a trial.
    pub(super) fn begin(&self, trial: &Trial<'_>) -> Result<(), RunError> {
        self.trial(trial, State::Pending, now(), None)
    }

    /// Records the result of a trial and the evaluator's state after it.
    pub(super) fn end(&self, trial: &Trial<'_>, ended: &TrialEnd<'_>) -> Result<(), RunError> {
        let state = match ended.result {
            TrialResult::Done(_) => State::Done,
            TrialResult::Failed(_) => State::Failed,
        };
        self.transaction(|| {
            self.trial(trial, state, now() - ended.seconds, Some(ended))?;
            ended.history_state.map_or(Ok(()), |memory| self.put(MEMORY, memory))
        })
    }

    /// Runs `work` in a transaction, which is rolled back if it fails.
    fn transaction(&self, work: impl FnOnce() -> Result<(), RunError>) -> Result<(), RunError> {
        self.run("BEGIN")?;
        let done = work().and_then(|()| self.run("COMMIT"));
        if done.is_err() {
            // This fails if SQLite already rolled back by itself. The first error is the one to report.
            let _ = self.run("ROLLBACK");
        }
        done
    }

    fn trial(
        &self,
        trial: &Trial<'_>,
        state: State,
        started: f64,
        ended: Option<&TrialEnd<'_>>,
    ) -> Result<(), RunError> {
        let (evaluation, error) = match ended.map(|ended| ended.result) {
            Some(TrialResult::Done(evaluation)) => (Some(evaluation), None),
            Some(TrialResult::Failed(why)) => (None, Some(why.as_str())),
            None => (None, None),
        };
        let cost = ended.and_then(|ended| ended.cost);
        let graph = trial.graph.to_json().map_err(|error| self.damaged(error))?;
        self.insert(
            "trials",
            &[
                ("number", &to_i64(trial.number)),
                ("round", &to_i64(trial.round)),
                ("state", &state.name()),
                ("source", &trial.source.name()),
                ("arch", &trial.arch),
                ("key", &trial.key),
                ("graph", &graph),
                ("evaluation", &ended.and_then(|ended| ended.evaluation).map(to_i64)),
                ("reward", &evaluation.map(|evaluation| evaluation.reward)),
                ("test", &evaluation.and_then(|evaluation| evaluation.test)),
                ("parameters", &cost.map(|cost| to_i64(cost.parameters))),
                ("multiply_adds", &cost.map(|cost| to_i64(cost.multiply_adds))),
                ("latency", &ended.and_then(|ended| ended.latency)),
                ("seed", &trial.seed.map(|seed| seed.to_string())),
                ("log_probability", &trial.log_probability),
                ("started", &started),
                ("seconds", &ended.map(|ended| ended.seconds)),
                ("error", &error),
            ],
        )
    }

    /// Records a round.
    pub(super) fn round(&self, round: &Round) -> Result<(), RunError> {
        let Round { update, seconds, rejected, .. } = round;
        self.insert(
            "rounds",
            &[
                ("round", &to_i64(round.number)),
                ("explored", &round.explored),
                ("probability", &round.probability),
                ("steps", &update.map(|update| to_i64(update.steps))),
                ("first_loss", &update.map(|update| f64::from(update.first_loss))),
                ("last_loss", &update.map(|update| f64::from(update.last_loss))),
                ("train_seconds", &seconds.train),
                ("sample_seconds", &seconds.sample),
                ("evaluate_seconds", &seconds.evaluate),
                ("total_seconds", &seconds.total),
                ("evaluations", &to_i64(round.evaluations)),
                ("best", &round.best),
                ("invalid", &to_i64(rejected.invalid)),
                ("seen", &to_i64(rejected.seen)),
                ("not_in_table", &to_i64(rejected.not_in_table)),
                ("over_limits", &to_i64(rejected.over_limits)),
                ("failed", &to_i64(rejected.failed)),
                ("fallbacks", &to_i64(rejected.fallbacks)),
            ],
        )
    }

    /// Records the generator's distribution after a round.
    pub(super) fn distribution(&self, round: u64, distribution: &Distribution) -> Result<(), RunError> {
        let text = serde_json::to_string(distribution).map_err(|error| self.damaged(error))?;
        self.insert("distributions", &[("round", &to_i64(round)), ("distribution", &text)])
    }

    /// Deletes rows beyond the end of the run. They exist if an earlier process drew other architectures, for example
    /// on another device.
    pub(super) fn trim(&self, trials: usize, rounds: u64) -> Result<(), RunError> {
        self.execute("DELETE FROM trials WHERE number > ?1", params![to_i64(trials)])?;
        self.execute("DELETE FROM rounds WHERE round >= ?1", params![to_i64(rounds)])?;
        self.execute("DELETE FROM distributions WHERE round >= ?1", params![to_i64(rounds)])
    }
}

/// The key of the run's origin in the `meta` table.
pub(super) const ORIGIN: &str = "origin";

/// The key of the evaluator's state in the `meta` table.
pub(super) const MEMORY: &str = "evaluator";
