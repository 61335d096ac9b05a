//! Conditions on columns: `reward>90`, `latency<=2ms`, `state=failed`, `arch~conv`.

use super::column::{Cell, Column, columns};
use crate::run::TrialRow;
use crate::search::RewardConfig;
use clap::ValueEnum;
use std::cmp::Ordering;
use std::str::FromStr;

/// A condition on a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    column: Column,
    relation: &'static str,
    value: Value,
    /// The unit given with a reward, which must be that of the run; empty without one.
    unit: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    /// In the column's unit.
    Number(f64),
    Text(String),
}

/// Longer operators first, so that `<=` is not parsed as `<`.
const RELATIONS: [&str; 7] = ["<=", ">=", "!=", "=", "<", ">", "~"];

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at =
            text.find(['<', '>', '!', '=', '~']).ok_or("must have the form COLUMN>VALUE, for example reward>90")?;
        let (name, rest) = text.split_at(at);
        let relation = RELATIONS.into_iter().find(|relation| rest.starts_with(relation));
        let relation = relation.ok_or("the operator must be one of = != < <= > >= ~")?;
        let known = || columns().map(Column::name).collect::<Vec<_>>().join(", ");
        let column = Column::from_str(name.trim(), false);
        let column = column.map_err(|_| format!("unknown column '{}'; known are {}", name.trim(), known()))?;
        let value = rest.get(relation.len()..).unwrap_or_default().trim();
        let (value, unit) = if column.is_reward() { with_unit(value) } else { (value, "") };
        let unit = unit.to_owned();
        let value = if relation == "~" { Value::Text(value.to_owned()) } else { value_of(column, value)? };
        Ok(Self { column, relation, value, unit })
    }
}

/// Splits a value into the longest number at its start and the unit after it; a text without a number has no unit.
fn with_unit(text: &str) -> (&str, &str) {
    let mut ends = text.char_indices().map(|(place, letter)| place + letter.len_utf8());
    let end = ends.rfind(|end| text[..*end].parse::<f64>().is_ok());
    end.map_or((text, ""), |end| (&text[..end], text[end..].trim_start()))
}

/// Parses a value of the column's type.
fn value_of(column: Column, text: &str) -> Result<Value, String> {
    if column.is_number() {
        return number(column, text).map(Value::Number);
    }
    match column.categories() {
        categories if !categories.is_empty() && !categories.contains(&text) => {
            Err(format!("'{text}' is not a valid {}; must be one of {}", column.name(), categories.join(", ")))
        }
        _ => Ok(Value::Text(text.to_owned())),
    }
}

/// Parses a number with an optional unit of the column.
fn number(column: Column, text: &str) -> Result<f64, String> {
    let units = column.units();
    let with_unit = units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), *factor)));
    let (digits, factor) = with_unit.unwrap_or((text, 1.0));
    let parsed = digits.parse().ok().map(|number: f64| number * factor).filter(|number| number.is_finite());
    parsed.ok_or_else(|| {
        let units: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
        let unit = match units.is_empty() {
            true if column.is_reward() => ", optionally with the unit of the run".to_owned(),
            true => String::new(),
            false => format!(", optionally with {}", units.join(" or ")),
        };
        format!("'{text}' is not a valid {}; must be a number{unit}", column.name())
    })
}

impl Condition {
    /// Checks that the unit of a reward is that of the run.
    pub fn check(&self, reward: &RewardConfig) -> Result<(), String> {
        if self.unit.is_empty() || self.unit == reward.unit {
            return Ok(());
        }
        let (name, unit) = (self.column.name(), &self.unit);
        Err(format!("--filter: the values of {name} in this run are {}, not in {unit}", reward.in_unit()))
    }

    /// Whether a row matches; a row without a value in the column never does.
    pub fn matches(&self, row: &TrialRow) -> bool {
        let cell = self.column.cell(row);
        match (&cell, &self.value) {
            (Cell::None, _) => false,
            (Cell::Number(number), Value::Number(value)) => {
                number.partial_cmp(value).is_some_and(|order| self.allows(order))
            }
            (cell, Value::Text(value)) if self.relation == "~" => cell.text().contains(value),
            (cell, Value::Text(value)) => self.allows(cell.text().cmp(value)),
            (Cell::Text(_), Value::Number(_)) => false,
        }
    }

    fn allows(&self, order: Ordering) -> bool {
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
