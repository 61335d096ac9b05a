//! Reading a ledger: its rows as plain values.

use super::error::RunError;
use super::ledger::{Ledger, MEMORY, ORIGIN};
use super::origin::{Kept, Origin};
use super::record::{DistributionRow, Meta, RoundRow, State, TrialRow};
use super::seal;
use crate::convert::to_i64;
use crate::graph::Graph;
use crate::search::Rejected;
use rusqlite::{Row, types::FromSql};
use serde_json::{Map, Value};
use std::str::FromStr;

/// A value that is not what was written there.
struct Wrong(String);

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl Ledger {
    /// Every trial, in order; one that a killed process left behind is pending.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn trials(&self) -> Result<Vec<TrialRow>, RunError> {
        self.trials_after(0)
    }

    /// The trials of higher numbers than this.
    pub(super) fn trials_after(&self, number: usize) -> Result<Vec<TrialRow>, RunError> {
        self.rows("SELECT * FROM trials WHERE number > ?1 ORDER BY number", [to_i64(number)], trial)
    }

    /// Every round, in order.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn rounds(&self) -> Result<Vec<RoundRow>, RunError> {
        self.rounds_from(0)
    }

    /// The rounds from this one on.
    pub(super) fn rounds_from(&self, first: u64) -> Result<Vec<RoundRow>, RunError> {
        self.rows("SELECT * FROM rounds WHERE round >= ?1 ORDER BY round", [to_i64(first)], round)
    }

    /// The generator's distribution after some of the rounds, in order; none where the generator learns none.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn distributions(&self) -> Result<Vec<DistributionRow>, RunError> {
        self.distributions_from(0)
    }

    /// The distributions after the rounds from this one on.
    pub(super) fn distributions_from(&self, first: u64) -> Result<Vec<DistributionRow>, RunError> {
        self.rows("SELECT * FROM distributions WHERE round >= ?1 ORDER BY round", [to_i64(first)], distribution)
    }

    /// The trial with the highest reward, the earlier one of equals.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn best(&self) -> Result<Option<TrialRow>, RunError> {
        let best = "SELECT * FROM trials WHERE state = 'done' ORDER BY reward DESC, number LIMIT 1";
        Ok(self.rows(best, [], trial)?.into_iter().next())
    }

    /// The text of the best architecture; none where nothing was evaluated yet.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn best_arch(&self) -> Result<Option<String>, RunError> {
        Ok(match self.meta()?.best {
            Some(best) => Some(best.arch),
            None => self.best()?.map(|trial| trial.arch),
        })
    }

    /// What the ledger says of the run as a whole.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn meta(&self) -> Result<Meta, RunError> {
        Meta::of(self.rows("SELECT * FROM meta", [], pair)?).map_err(|why| self.damaged(why))
    }

    /// What the evaluator remembered after its last evaluation.
    pub(super) fn memory(&self) -> Result<Option<String>, RunError> {
        self.value(MEMORY)
    }

    /// What the run was made of; none where an earlier version of the program began it.
    ///
    /// # Errors
    /// A damaged ledger.
    pub fn origin(&self) -> Result<Option<Origin>, RunError> {
        Ok(self.kept()?.map(|kept| kept.now))
    }

    /// The same as it is kept.
    pub(super) fn kept(&self) -> Result<Option<Kept>, RunError> {
        self.value(ORIGIN)
    }

    /// A value of the run as a whole, where there is one.
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
            found.push(whole(row).and_then(|()| read(row)).map_err(|Wrong(why)| self.damaged(why))?);
        }
        Ok(found)
    }
}

/// Refuses a row, all columns of a table, whose checksum is wrong.
fn whole(row: &Row<'_>) -> Result<(), Wrong> {
    let names = row.as_ref().column_names();
    let values = names.filter(|name| *name != seal::COLUMN);
    let values = values.map(|name| Ok((name, row.get_ref(name)?))).collect::<Result<Vec<_>, Wrong>>()?;
    let right = seal::checksum(values.into_iter());
    match get::<i64>(row, seal::COLUMN)? == i64::from(right) {
        true => Ok(()),
        false => Err(Wrong("the checksum of a row is wrong".to_owned())),
    }
}

fn pair(row: &Row<'_>) -> Result<(String, String), Wrong> {
    Ok((get(row, "key")?, get(row, "value")?))
}

/// A whole number that is not negative.
fn count<T: TryFrom<i64>>(row: &Row<'_>, name: &str) -> Result<T, Wrong> {
    let number: i64 = row.get(name)?;
    T::try_from(number).map_err(|_| Wrong(format!("{name} is {number}")))
}

fn some_count<T: TryFrom<i64>>(row: &Row<'_>, name: &str) -> Result<Option<T>, Wrong> {
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
        evaluation: some_count(row, "evaluation")?,
        round: count(row, "round")?,
        state: State::of(&state).ok_or_else(|| Wrong(format!("a trial's state is '{state}'")))?,
        source: get(row, "source")?,
        arch: get(row, "arch")?,
        key: get(row, "key")?,
        graph: Graph::from_json(&graph).map_err(|error| Wrong(error.to_string()))?,
        reward: get(row, "reward")?,
        test: get(row, "test")?,
        parameters: some_count(row, "parameters")?,
        multiply_adds: some_count(row, "multiply_adds")?,
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
        steps: some_count(row, "steps")?,
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
    /// As rows of the table, values as JSON; what is not there is null.
    pub(super) fn rows(&self) -> Result<Map<String, Value>, serde_json::Error> {
        serde_json::to_value(self).and_then(serde_json::from_value)
    }

    /// From rows of the table, which has more than these.
    fn of(rows: Vec<(String, String)>) -> Result<Self, serde_json::Error> {
        let values = rows.into_iter().filter_map(|(key, text)| Some((key, serde_json::from_str(&text).ok()?)));
        serde_json::from_value(Value::Object(values.collect()))
    }
}
