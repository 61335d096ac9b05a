//! `graphpnas trials`: what a run has evaluated, from its ledger.

use super::error::CliError;
use super::number::whole;
use super::output;
use super::subject::open;
use crate::run::TrialRow;
use clap::ValueEnum;
use std::fmt::Write;
use std::path::PathBuf;
use std::str::FromStr;

const EXAMPLES: &str = "\
Examples:
  graphpnas trials runs/a
  graphpnas trials runs/a --sort reward --limit 10
  graphpnas trials runs/a --filter 'reward>90' --filter 'parameters<=500000' --csv
  graphpnas trials runs/a --filter state=failed --json

A condition is a column, one of = != < <= > >= and a value; ~ asks whether a text contains the value. Trials without a value
in a column meet no condition on it and are sorted last. A run that is going on may be looked at.

Columns: number, evaluation, round, state, source, reward, test, parameters, multiply-adds, latency (seconds for an image),
log-probability, seconds, arch, error.";

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

/// The columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Column {
    Number,
    Evaluation,
    Round,
    State,
    Source,
    Reward,
    Test,
    Parameters,
    MultiplyAdds,
    Latency,
    LogProbability,
    Seconds,
    Arch,
    Error,
}

/// All of them, in order.
fn columns() -> impl Iterator<Item = Column> {
    Column::value_variants().iter().copied()
}

impl Column {
    /// Its name on the command line.
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn of(self, row: &TrialRow) -> Cell {
        let whole = |number: Option<u64>| number.map_or(Cell::None, |number| Cell::Number(number as f64));
        let number = |number: Option<f64>| number.map_or(Cell::None, Cell::Number);
        match self {
            Self::Number => whole(Some(row.number as u64)),
            Self::Evaluation => whole(row.evaluation.map(|number| number as u64)),
            Self::Round => whole(Some(row.round)),
            Self::State => Cell::Text(row.state.name().to_owned()),
            Self::Source => Cell::Text(row.source.clone()),
            Self::Reward => number(row.reward),
            Self::Test => number(row.test),
            Self::Parameters => whole(row.parameters),
            Self::MultiplyAdds => whole(row.multiply_adds),
            Self::Latency => number(row.latency),
            Self::LogProbability => number(row.log_probability),
            Self::Seconds => number(row.seconds),
            Self::Arch => Cell::Text(row.arch.clone()),
            Self::Error => row.error.clone().map_or(Cell::None, Cell::Text),
        }
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    None,
    Number(f64),
    Text(String),
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A condition on a column.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    column: Column,
    relation: &'static str,
    value: String,
}

/// Longer ones first, so that `<=` is not read as `<`.
const RELATIONS: [&str; 7] = ["<=", ">=", "!=", "=", "<", ">", "~"];

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(['<', '>', '!', '=', '~']).ok_or("write it as COLUMN>VALUE, for example reward>90")?;
        let (name, rest) = text.split_at(at);
        let relation = RELATIONS.into_iter().find(|relation| rest.starts_with(relation));
        let relation = relation.ok_or("a condition has one of = != < <= > >= ~")?;
        let known = || columns().map(Column::name).collect::<Vec<_>>().join(", ");
        let column = columns().find(|column| column.name() == name.trim());
        let column = column.ok_or_else(|| format!("unknown column '{}'; known are {}", name.trim(), known()))?;
        Ok(Self { column, relation, value: rest[relation.len()..].trim().to_owned() })
    }
}

impl Condition {
    fn holds(&self, row: &TrialRow) -> bool {
        let cell = self.column.of(row);
        match (&cell, self.value.parse::<f64>()) {
            (Cell::None, _) => false,
            (Cell::Number(number), Ok(value)) if self.relation != "~" => {
                number.partial_cmp(&value).is_some_and(|order| self.allows(order))
            }
            _ if self.relation == "~" => cell.text().contains(&self.value),
            _ => self.allows(cell.text().cmp(&self.value)),
        }
    }

    fn allows(&self, order: std::cmp::Ordering) -> bool {
        match self.relation {
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "!=" => order.is_ne(),
            _ => order.is_eq(),
        }
    }
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let mut rows = open(&args.folder)?.trials()?;
    rows.retain(|row| args.filters.iter().all(|condition| condition.holds(row)));
    sort(&mut rows, args.sort);
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    output::print(&match (args.json, args.csv) {
        (true, _) => output::json(&rows)?,
        (_, true) => csv(&rows)?,
        _ => table(&rows),
    })
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
    let milliseconds = |row: &TrialRow| match (timed, row.latency) {
        (false, _) => String::new(),
        (_, None) => format!("{:>10}  ", "-"),
        (_, Some(seconds)) => format!("{:>10.3}  ", 1e3 * seconds),
    };
    let mut text = format!(
        "number  state    source      reward    test  parameters  multiply-adds  {}seconds  architecture\n",
        if timed { "latency ms  " } else { "" }
    );
    for row in rows {
        let figure = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"));
        let whole = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let _ = write!(
            text,
            "{:>6}  {:<7}  {:<9} {:>8} {:>7}  {:>10}  {:>13}  {}{:>7}  {}",
            row.number,
            row.state.name(),
            row.source,
            figure(row.reward),
            figure(row.test),
            whole(row.parameters),
            whole(row.multiply_adds),
            milliseconds(row),
            row.seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.2}")),
            row.arch
        );
        if let Some(error) = &row.error {
            let _ = write!(text, "  ({error})");
        }
        text.push('\n');
    }
    text
}
