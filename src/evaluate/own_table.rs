//! Tables of any space: a CSV file with the architectures and columns of numbers, or the compact table made from it.

use super::compact;
use super::error::{ANOTHER_UNIT, CONVERT_AGAIN, OTHER_FILE, Position, TableError};
use super::file::{TableFormat, check_own, other_space};
use super::own_csv::{OwnCsv, no_column};
use super::reward::RewardConfig;
use super::sheet::{Sheet, TableSpace};
use super::table::Table;
use crate::space::Space;
use md5::{Digest, Md5};
use std::path::Path;

/// Returns the number of a canonical key: its MD5 sum.
pub(super) fn number_of(canonical: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(canonical.as_bytes()).into())
}

/// Reads the rewards of a column. The test values are the column with `test` in place of `valid`, if there is one.
///
/// # Errors
/// As [`Table::of_space`].
pub(super) fn read(path: &Path, space: &dyn Space, column: &str, reward: &RewardConfig) -> Result<Table, TableError> {
    let test = column.contains("valid").then(|| column.replace("valid", "test"));
    let mut sheet = match format(path)? {
        TableFormat::Compact => {
            let wanted = |name: &str| name == column || test.as_deref() == Some(name);
            in_range(path, compact_of(path, space, wanted)?, reward)?
        }
        _ => OwnCsv::open(path, space)?.rewards(column, test.as_deref(), reward)?,
    };
    let tests = test.as_deref().and_then(|test| sheet.take(test));
    let test_name = test.filter(|_| tests.is_some()).unwrap_or_default();
    match sheet.take(column) {
        Some(rewards) => Ok(Table::own(sheet.keys, rewards, tests, [column.to_owned(), test_name], reward.clone())),
        None => {
            let all = compact_of(path, space, |_| true)?;
            Err(no_column(path, column, all.columns.iter().map(|column| column.name.as_str())))
        }
    }
}

/// Reads all columns of numbers of a table of any space, from a CSV file or a compact table; also returns the names of
/// the columns that are not numbers.
///
/// # Errors
/// As [`Table::of_space`], or a column that starts with a number and has a value that is none.
pub fn read_own(path: &Path, space: &dyn Space) -> Result<(Sheet, Vec<String>), TableError> {
    match format(path)? {
        TableFormat::Compact => Ok((compact_of(path, space, |_| true)?, Vec::new())),
        _ => OwnCsv::open(path, space)?.all(),
    }
}

/// Detects the format, which must be one that tables of any space can have.
fn format(path: &Path) -> Result<TableFormat, TableError> {
    match TableFormat::of(path)? {
        format @ (TableFormat::Csv | TableFormat::Compact) => Ok(format),
        TableFormat::TfRecord => Err(TableError::content(path, Position::File, "this is a TFRecord file", OTHER_FILE)),
        TableFormat::Nats => Err(TableError::content(path, Position::File, "this is a folder", OTHER_FILE)),
    }
}

/// Reads columns of a compact table, which must have been made for this definition of the space.
fn compact_of(path: &Path, space: &dyn Space, wanted: impl Fn(&str) -> bool) -> Result<Sheet, TableError> {
    let (sheet, asked) = (compact::read(path, wanted)?, TableSpace::own(space));
    if sheet.space == asked {
        return check_own(path, sheet);
    }
    if sheet.space.name != asked.name || sheet.space.digest.is_none() {
        return Err(other_space(path, &sheet.space, &asked));
    }
    let what = format!("the table was made for another definition of the space: {}, not {}", sheet.space, asked);
    Err(TableError::content(path, Position::File, what, CONVERT_AGAIN))
}

/// Checks that the values of a compact table are possible rewards.
fn in_range(path: &Path, sheet: Sheet, reward: &RewardConfig) -> Result<Sheet, TableError> {
    for column in &sheet.columns {
        if let Some(value) = column.values.iter().find(|value| !reward.accepts(**value)) {
            let what = format!("{value} in the column {} is not {}", column.name, reward.accepted());
            return Err(TableError::content(path, Position::File, what, ANOTHER_UNIT));
        }
    }
    Ok(sheet)
}
