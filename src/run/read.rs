//! Reading the rows of a ledger.

use super::checksum;
use super::error::RunError;
use super::ledger::{Ledger, MEMORY, ORIGIN};
use super::origin::{Origin, SavedOrigin};
use super::record::{DistributionRow, Meta, RoundRow, State, TrialRow};
use crate::convert::to_i64;
use crate::graph::Graph;
use crate::search::{Goal, Rejected};
use rusqlite::{Row, types::FromSql};
use serde_json::{Map, Value};
use std::str::FromStr;

/// A value or row that the program cannot have written, with a description.
struct Wrong(String);

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl Ledger {
    /// Returns all trials, in order. An unfinished trial of a killed process is pending.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn trials(&self) -> Result<Vec<TrialRow>, RunError> {
        self.trials_after(0)
    }

    /// Returns the trials with a higher number.
    pub(super) fn trials_after(&self, number: usize) -> Result<Vec<TrialRow>, RunError> {
        self.rows("SELECT * FROM trials WHERE number > ?1 ORDER BY number", [to_i64(number)], trial)
    }

    /// Returns all rounds, in order.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn rounds(&self) -> Result<Vec<RoundRow>, RunError> {
        self.rounds_from(0)
    }

    /// Returns the rounds from `first` on.
    pub(super) fn rounds_from(&self, first: u64) -> Result<Vec<RoundRow>, RunError> {
        self.rows("SELECT * FROM rounds WHERE round >= ?1 ORDER BY round", [to_i64(first)], round)
    }

    /// Returns the generator's distribution after some of the rounds, in order; empty for a generator without one.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn distributions(&self) -> Result<Vec<DistributionRow>, RunError> {
        self.distributions_from(0)
    }

    /// Returns the distributions after the rounds from `first` on.
    pub(super) fn distributions_from(&self, first: u64) -> Result<Vec<DistributionRow>, RunError> {
        self.rows("SELECT * FROM distributions WHERE round >= ?1 ORDER BY round", [to_i64(first)], distribution)
    }

    /// Returns the trial with the best reward, the earliest in case of a tie.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn best(&self) -> Result<Option<TrialRow>, RunError> {
        let order = match self.meta()?.reward.goal {
            Goal::Max => "DESC",
            Goal::Min => "ASC",
        };
        let best = format!("SELECT * FROM trials WHERE state = 'done' ORDER BY reward {order}, number LIMIT 1");
        Ok(self.rows(&best, [], trial)?.into_iter().next())
    }

    /// Returns the text of the best architecture, or `None` before the first reward.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn best_arch(&self) -> Result<Option<String>, RunError> {
        Ok(match self.meta()?.best {
            Some(best) => Some(best.arch),
            None => self.best()?.map(|trial| trial.arch),
        })
    }

    /// Returns the data about the run as a whole.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn meta(&self) -> Result<Meta, RunError> {
        Meta::from_rows(self.rows("SELECT * FROM meta", [], pair)?).map_err(|why| self.damaged(why))
    }

    /// Returns the evaluator's state after its last evaluation.
    pub(super) fn memory(&self) -> Result<Option<String>, RunError> {
        self.value(MEMORY)
    }

    /// Returns the origin of the run, or `None` if an earlier version of the program started it.
    ///
    /// # Errors
    /// The ledger is damaged.
    pub fn origin(&self) -> Result<Option<Origin>, RunError> {
        Ok(self.saved_origin()?.map(|saved| saved.now))
    }

    /// Returns the origin as it is saved.
    pub(super) fn saved_origin(&self) -> Result<Option<SavedOrigin>, RunError> {
        self.value(ORIGIN)
    }

    /// Returns the value of a key in the `meta` table, if it exists.
    pub(super) fn value<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, RunError> {
        let found = self.rows("SELECT * FROM meta WHERE key = ?1", [key], pair)?.into_iter().next();
        found.map(|(_, text)| serde_json::from_str(&text).map_err(|error| self.damaged(error))).transpose()
    }

    fn rows<T>(
        &self,
        query: &str,
        values: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, RunError> {
        let failed = RunError::ledger(&self.path);
        let mut statement = self.connection.prepare(query).map_err(&failed)?;
        let mut rows = statement.query(values).map_err(&failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            found.push(verify(row).and_then(|()| read(row)).map_err(|Wrong(why)| self.damaged(why))?);
        }
        Ok(found)
    }
}

/// Checks the checksum of a row, which must have all columns of its table.
fn verify(row: &Row<'_>) -> Result<(), Wrong> {
    let names = row.as_ref().column_names();
    let values = names.filter(|name| *name != checksum::COLUMN);
    let values = values.map(|name| Ok((name, row.get_ref(name)?))).collect::<Result<Vec<_>, Wrong>>()?;
    let expected = checksum::checksum(values.into_iter());
    match get::<i64>(row, checksum::COLUMN)? == i64::from(expected) {
        true => Ok(()),
        false => Err(Wrong("the checksum of a row is wrong".to_owned())),
    }
}

fn pair(row: &Row<'_>) -> Result<(String, String), Wrong> {
    Ok((get(row, "key")?, get(row, "value")?))
}

/// Reads a non-negative integer.
fn count<T: TryFrom<i64>>(row: &Row<'_>, name: &str) -> Result<T, Wrong> {
    let number: i64 = row.get(name)?;
    T::try_from(number).map_err(|_| Wrong(format!("{name} is {number}")))
}

fn optional_count<T: TryFrom<i64>>(row: &Row<'_>, name: &str) -> Result<Option<T>, Wrong> {
    row.get::<_, Option<i64>>(name)?.map(|_| count(row, name)).transpose()
}

fn get<T: FromSql>(row: &Row<'_>, name: &str) -> Result<T, Wrong> {
    Ok(row.get(name)?)
}

fn parsed<T: FromStr>(name: &str, text: &str) -> Result<T, Wrong> {
    text.parse().map_err(|_| Wrong(format!("{name} is '{text}'")))
}

fn trial(row: &Row<'_>) -> Result<TrialRow, Wrong> {
    let state: String = get(row, "state")?;
    let (graph, seed): (String, Option<String>) = (get(row, "graph")?, get(row, "seed")?);
    Ok(TrialRow {
        number: count(row, "number")?,
        evaluation: optional_count(row, "evaluation")?,
        round: count(row, "round")?,
        state: State::parse(&state).ok_or_else(|| Wrong(format!("a trial's state is '{state}'")))?,
        source: get(row, "source")?,
        arch: get(row, "arch")?,
        key: get(row, "key")?,
        graph: Graph::from_json(&graph).map_err(|error| Wrong(error.to_string()))?,
        reward: get(row, "reward")?,
        test: get(row, "test")?,
        parameters: optional_count(row, "parameters")?,
        multiply_adds: optional_count(row, "multiply_adds")?,
        latency: get(row, "latency")?,
        seed: seed.map(|seed| parsed("seed", &seed)).transpose()?,
        log_probability: get(row, "log_probability")?,
        started: get(row, "started")?,
        seconds: get(row, "seconds")?,
        error: get(row, "error")?,
    })
}

fn round(row: &Row<'_>) -> Result<RoundRow, Wrong> {
    Ok(RoundRow {
        round: count(row, "round")?,
        explored: get(row, "explored")?,
        probability: get(row, "probability")?,
        steps: optional_count(row, "steps")?,
        first_loss: get(row, "first_loss")?,
        last_loss: get(row, "last_loss")?,
        train_seconds: get(row, "train_seconds")?,
        sample_seconds: get(row, "sample_seconds")?,
        evaluate_seconds: get(row, "evaluate_seconds")?,
        total_seconds: get(row, "total_seconds")?,
        evaluations: count(row, "evaluations")?,
        best: get(row, "best")?,
        rejected: Rejected {
            invalid: count(row, "invalid")?,
            seen: count(row, "seen")?,
            not_in_table: count(row, "not_in_table")?,
            over_limits: count(row, "over_limits")?,
            failed: count(row, "failed")?,
            fallbacks: count(row, "fallbacks")?,
        },
    })
}

fn distribution(row: &Row<'_>) -> Result<DistributionRow, Wrong> {
    let text: String = get(row, "distribution")?;
    let distribution = serde_json::from_str(&text).map_err(|error| Wrong(error.to_string()))?;
    Ok(DistributionRow { round: count(row, "round")?, distribution })
}

impl Meta {
    /// Converts to rows of the table, with JSON values; missing values are null.
    pub(super) fn rows(&self) -> Result<Map<String, Value>, serde_json::Error> {
        serde_json::to_value(self).and_then(serde_json::from_value)
    }

    /// Reads from rows of the table, which may contain further keys.
    fn from_rows(rows: Vec<(String, String)>) -> Result<Self, serde_json::Error> {
        let values = rows.into_iter().filter_map(|(key, text)| Some((key, serde_json::from_str(&text).ok()?)));
        serde_json::from_value(Value::Object(values.collect()))
    }
}
