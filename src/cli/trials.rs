//! `graphpnas trials`: what a run has evaluated, from its ledger.

mod column;
mod condition;

use super::error::CliError;
use super::number::whole;
use super::output;
use super::subject::open;
use crate::run::{Meta, TrialRow};
use crate::search::Best;
use column::{Cell, Column, columns};
use condition::Condition;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas trials runs/a
  graphpnas trials runs/a --sort reward --limit 10
  graphpnas trials runs/a --filter 'reward>90' --filter 'parameters<=500k' --csv
  graphpnas trials runs/a --filter 'latency<2ms' --sort test
  graphpnas trials runs/a --filter state=failed --json

A condition is a column, one of = != < <= > >= and a value; ~ asks whether a text contains the value. Trials without a value
in a column meet no condition on it and are sorted last. A run that is going on may be looked at.

The columns have the same names and units here, with --json, with --csv and in the ledger (table trials of DIR/run.db):
  number           number of the trial, from 1
  evaluation       number among the trials that have a reward, from 1
  round            number of the round, from 0
  state            pending, done or failed
  source           what proposed it: explorer or generator
  reward           validation accuracy in percent (0 to 100); in a search with shared weights, the accuracy with these
  test             test accuracy in percent (0 to 100)
  parameters       number of parameters of the network
  multiply_adds    number of multiply-adds of the network for one image
  latency          time of the network for one image, in seconds
  log_probability  natural logarithm of the probability with which the generator drew it
  seconds          time of the evaluation, in seconds
  arch             the architecture
  error            why it has no reward

In conditions, rewards and tests may have a % behind them, times s or ms, and counts k, M or G.";

/// List the trials of a run: every architecture it has evaluated.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of the run
    folder: PathBuf,
    /// Sort by a column; rewards, tests and log-probabilities highest first, others lowest
    #[arg(long, value_enum, default_value = "number", hide_possible_values = true)]
    sort: Column,
    /// Show only trials that meet this condition; may be repeated
    #[arg(long = "filter", value_name = "CONDITION")]
    filters: Vec<Condition>,
    /// Show the first so many
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("--limit"))]
    limit: Option<usize>,
    /// Print them as one JSON value
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print them as comma-separated values
    #[arg(long)]
    csv: bool,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let ledger = open(&args.folder)?;
    let mut rows = ledger.trials()?;
    rows.retain(|row| args.filters.iter().all(|condition| condition.holds(row)));
    sort(&mut rows, args.sort);
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    output::print(&match (args.json, args.csv) {
        (true, _) => output::json(&rows)?,
        (_, true) => csv(&rows)?,
        _ => table(&rows) + &result(&ledger.meta()?),
    })
}

/// The result of a search whose trials are measured otherwise than it.
fn result(meta: &Meta) -> String {
    let Some(Best { arch, reward, .. }) = &meta.best else { return String::new() };
    format!(
        "result: {reward:.3} %, {}, of {arch}, trained in the end; the rewards of the trials are measured otherwise\n",
        meta.reward_name
    )
}

fn sort(rows: &mut [TrialRow], column: Column) {
    let highest_first = matches!(column, Column::Reward | Column::Test | Column::LogProbability);
    rows.sort_by(|a, b| match (column.of(a), column.of(b)) {
        (Cell::Number(a), Cell::Number(b)) if highest_first => b.total_cmp(&a),
        (Cell::Number(a), Cell::Number(b)) => a.total_cmp(&b),
        (Cell::Text(a), Cell::Text(b)) => a.cmp(&b),
        (a, b) => (a == Cell::None).cmp(&(b == Cell::None)),
    });
}

fn csv(rows: &[TrialRow]) -> Result<String, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Text(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns().map(Column::name)).map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(columns().map(|column| column.of(row).text())).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The columns that a terminal has room for.
fn table(rows: &[TrialRow]) -> String {
    // Most runs on tables measure none.
    let timed = rows.iter().any(|row| row.latency.is_some());
    let latency = |row: &TrialRow| match (timed, row.latency) {
        (false, _) => String::new(),
        (_, None) => format!("{:>9}  ", "-"),
        (_, Some(seconds)) => format!("{seconds:>9.6}  "),
    };
    let mut text = format!(
        "number  state    source     reward %  test %  parameters  multiply_adds  {}seconds  arch\n",
        if timed { "latency s  " } else { "" }
    );
    for row in rows {
        let figure = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"));
        let whole = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let _ = write!(
            text,
            "{:>6}  {:<7}  {:<9}  {:>8} {:>7}  {:>10}  {:>13}  {}{:>7}  {}",
            row.number,
            row.state.name(),
            row.source,
            figure(row.reward),
            figure(row.test),
            whole(row.parameters),
            whole(row.multiply_adds),
            latency(row),
            row.seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.2}")),
            printable(&row.arch)
        );
        if let Some(error) = &row.error {
            let _ = write!(text, "  ({})", printable(error));
        }
        text.push('\n');
    }
    text
}

/// A text without characters that would steer a terminal.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
