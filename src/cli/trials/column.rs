//! The columns of the list, with the names and units of the ledger.

use crate::run::TrialRow;
use clap::ValueEnum;

/// A column; `run/schema.sql` and the help text give the units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Column {
    Number,
    Evaluation,
    Round,
    State,
    Source,
    Reward,
    Test,
    Parameters,
    #[value(name = "multiply_adds", alias = "multiply-adds")]
    MultiplyAdds,
    Latency,
    #[value(name = "log_probability", alias = "log-probability")]
    LogProbability,
    Seconds,
    Arch,
    Error,
}

/// All columns, in order.
pub(super) fn columns() -> impl Iterator<Item = Column> {
    Column::value_variants().iter().copied()
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    None,
    Number(f64),
    Text(String),
}

impl Column {
    /// Name on the command line, in CSV, in JSON and in the ledger.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether its values are numbers.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::State | Self::Source | Self::Arch | Self::Error)
    }

    /// Whether its values have the unit of the run's rewards.
    pub fn is_reward(self) -> bool {
        matches!(self, Self::Reward | Self::Test)
    }

    /// Accepted units of a value, with their factors to the column's unit.
    pub fn units(self) -> &'static [(&'static str, f64)] {
        match self {
            // Longer ones first, so that milliseconds are not read as seconds.
            Self::Latency | Self::Seconds => &[("ms", 1e-3), ("s", 1.0)],
            Self::Parameters | Self::MultiplyAdds => &[("k", 1e3), ("M", 1e6), ("G", 1e9)],
            _ => &[],
        }
    }

    /// The possible values of a categorical column; empty for other columns.
    pub fn categories(self) -> &'static [&'static str] {
        match self {
            Self::State => &["pending", "done", "failed"],
            Self::Source => &["explorer", "generator", "neighbour"],
            _ => &[],
        }
    }

    /// Value of the column in a row.
    pub fn cell(self, row: &TrialRow) -> Cell {
        let integer = |number: Option<u64>| number.map_or(Cell::None, |number| Cell::Number(number as f64));
        let number = |number: Option<f64>| number.map_or(Cell::None, Cell::Number);
        match self {
            Self::Number => integer(Some(row.number as u64)),
            Self::Evaluation => integer(row.evaluation.map(|number| number as u64)),
            Self::Round => integer(Some(row.round)),
            Self::State => Cell::Text(row.state.name().to_owned()),
            Self::Source => Cell::Text(row.source.clone()),
            Self::Reward => number(row.reward),
            Self::Test => number(row.test),
            Self::Parameters => integer(row.parameters),
            Self::MultiplyAdds => integer(row.multiply_adds),
            Self::Latency => number(row.latency),
            Self::LogProbability => number(row.log_probability),
            Self::Seconds => number(row.seconds),
            Self::Arch => Cell::Text(row.arch.clone()),
            Self::Error => row.error.clone().map_or(Cell::None, Cell::Text),
        }
    }
}

impl Cell {
    pub fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}
