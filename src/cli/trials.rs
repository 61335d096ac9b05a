//! `graphpnas trials`: lists the trials of a run, from its ledger.

mod column;
mod condition;

use super::error::CliError;
use super::number::integer;
use super::output;
use super::subject::open;
use crate::run::{Meta, TrialRow};
use crate::search::{Best, Goal, RewardConfig};
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

A condition is a column, one of = != < <= > >= ~ and a value; ~ tests whether a text contains the value. Trials without a
value in a column match no condition on it and are sorted last. The run may still be in progress.

The columns have the same names and units here, with --json, with --csv and in the ledger (table trials of DIR/run.db):
  number           number of the trial, from 1
  evaluation       number among the trials that have a reward, from 1
  round            number of the round, from 0
  state            pending, done or failed
  source           explorer (random), generator, or neighbour (of one of the best architectures)
  reward           validation accuracy in percent (0 to 100); in a search with shared weights, accuracy with these;
                   with an own table, the value in its column, in the unit of reward.unit
  test             test accuracy in percent (0 to 100), or the test value in the unit of the reward
  parameters       number of parameters of the network
  multiply_adds    number of multiply-adds of the network for one image
  latency          time of the network for one image, in seconds
  log_probability  natural logarithm of the generator's probability of the architecture
  seconds          time of the evaluation, in seconds
  arch             the architecture
  error            why it has no reward

In conditions, values may have units: reward.unit (such as %) for reward and test, s or ms for times, k, M or G
for counts.";

/// List the trials of a run: all evaluated architectures.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of the run
    folder: PathBuf,
    /// Column to sort by; best reward or test first, log_probability descending, others ascending
    #[arg(long, value_enum, default_value = "number", hide_possible_values = true)]
    sort: Column,
    /// Show only trials that match this condition; may be repeated
    #[arg(long = "filter", value_name = "CONDITION")]
    filters: Vec<Condition>,
    /// Maximum number of trials to show
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--limit"))]
    limit: Option<usize>,
    /// Print the trials as one JSON value
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the trials as comma-separated values
    #[arg(long)]
    csv: bool,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let ledger = open(&args.folder)?;
    let (mut rows, meta) = (ledger.trials()?, ledger.meta()?);
    args.filters.iter().try_for_each(|condition| condition.check(&meta.reward)).map_err(CliError::Usage)?;
    rows.retain(|row| args.filters.iter().all(|condition| condition.matches(row)));
    sort(&mut rows, args.sort, meta.reward.goal);
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    output::print(&match (args.json, args.csv) {
        (true, _) => output::json(&rows)?,
        (_, true) => csv(&rows)?,
        _ => table(&rows, &meta.reward) + &result(&meta),
    })
}

/// The result of a search that measures its result differently from its trials.
fn result(meta: &Meta) -> String {
    let Some(Best { arch, reward, .. }) = &meta.best else { return String::new() };
    format!(
        "result: {}, {}, of {arch}, trained at the end; the rewards of the trials are measured differently\n",
        meta.reward.shown(*reward),
        meta.reward_name
    )
}

fn sort(rows: &mut [TrialRow], column: Column, goal: Goal) {
    let descending = match column {
        Column::Reward | Column::Test => goal == Goal::Max,
        column => column == Column::LogProbability,
    };
    rows.sort_by(|a, b| match (column.cell(a), column.cell(b)) {
        (Cell::Number(a), Cell::Number(b)) if descending => b.total_cmp(&a),
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
        writer.write_record(columns().map(|column| column.cell(row).text())).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// Smallest widths of the columns of rewards and test values.
const REWARD_WIDTH: usize = 8;
const TEST_WIDTH: usize = 7;

/// Formats the columns that fit a terminal.
fn table(rows: &[TrialRow], reward: &RewardConfig) -> String {
    // Most runs on tables do not measure latencies.
    let timed = rows.iter().any(|row| row.latency.is_some());
    let latency = |row: &TrialRow| match (timed, row.latency) {
        (false, _) => String::new(),
        (_, None) => format!("{:>9}  ", "-"),
        (_, Some(seconds)) => format!("{seconds:>9.6}  "),
    };
    let real = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| reward.number(number));
    let head = |name: &str| format!("{name} {}", reward.unit).trim_end().to_owned();
    let width =
        |texts: &mut dyn Iterator<Item = String>, least| texts.map(|text| text.chars().count()).fold(least, usize::max);
    let [rewards, tests] = [head("reward"), head("test")];
    let reward_width = width(&mut rows.iter().map(|row| real(row.reward)).chain([rewards.clone()]), REWARD_WIDTH);
    let test_width = width(&mut rows.iter().map(|row| real(row.test)).chain([tests.clone()]), TEST_WIDTH);
    let mut text = format!(
        "number  state    source     {rewards:>reward_width$} {tests:>test_width$}  parameters  multiply_adds  {}seconds  arch\n",
        if timed { "latency s  " } else { "" }
    );
    for row in rows {
        let integer = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let _ = write!(
            text,
            "{:>6}  {:<7}  {:<9}  {:>reward_width$} {:>test_width$}  {:>10}  {:>13}  {}{:>7}  {}",
            row.number,
            row.state.name(),
            row.source,
            real(row.reward),
            real(row.test),
            integer(row.parameters),
            integer(row.multiply_adds),
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

/// Escapes control characters.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
