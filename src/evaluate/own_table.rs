//! Tables of any space: a CSV file with a column `arch` and columns of numbers.

use super::error::{OTHER_FILE, Position, TableError};
use super::table::Table;
use crate::shown::nearest;
use crate::space::Space;
use csv::ByteRecord;
use md5::{Digest, Md5};
use std::path::Path;

/// The column of the architecture's text.
const ARCH: &str = "arch";

/// Returns the number of a canonical key: its MD5 sum.
pub(super) fn number_of(canonical: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(canonical.as_bytes()).into())
}

/// Reads the rewards of a column. The test accuracy is the column with `test` in place of `valid`, if there is one.
///
/// # Errors
/// An unreadable file, missing columns, an architecture that is not in the space or listed twice, or a value that is not
/// from 0 to 100.
pub(super) fn read(path: &Path, space: &dyn Space, column: &str) -> Result<Table, TableError> {
    let bytes = std::fs::read(path).map_err(TableError::read(path))?;
    let wrong = |line: u64, what: String| TableError::content(path, Position::Line(line), what, OTHER_FILE);
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
    let unreadable = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        wrong(line, "the row cannot be read, or has another number of columns than the header; texts with commas need double quotes"
                .to_owned())
    };
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let place = |name: &str| names.iter().position(|known| *known == name);
    let Some(arch) = place(ARCH) else {
        return Err(wrong(1, format!("the header has no column `{ARCH}` with the texts of the architectures")));
    };
    let others: Vec<&str> = names.iter().copied().filter(|name| *name != ARCH).collect();
    let Some(reward) = place(column).filter(|place| *place != arch) else {
        let hint = nearest(column, others.iter().map(|name| (*name).to_owned()));
        let hint = hint.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
        let known = others.join(", ");
        return Err(TableError::Column { path: path.into(), column: column.to_owned(), hint, known });
    };
    let test = column.contains("valid").then(|| place(&column.replace("valid", "test"))).flatten();
    let mut rows: Vec<(u128, u64, f64, Option<f64>)> = Vec::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| unreadable(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let text = |place: usize| String::from_utf8_lossy(record.get(place).unwrap_or_default()).trim().to_owned();
        let number = |place: usize| match text(place).parse::<f64>() {
            Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
            _ => Err(wrong(
                line,
                format!("'{}' in the column {} is not a percentage from 0 to 100", text(place), names[place]),
            )),
        };
        let graph = space
            .encode(&text(arch))
            .map_err(|error| wrong(line, format!("this is not a {} architecture: {error}", space.name())))?;
        let key = space.canonical(&graph).map_err(|error| wrong(line, error.to_string()))?;
        rows.push((number_of(&key), line, number(reward)?, test.map(number).transpose()?));
    }
    if !bytes.ends_with(b"\n") && !bytes.is_empty() {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        return Err(wrong(lines + 1, "the last line has no line break, so the file may be cut off".to_owned()));
    }
    rows.sort_by_key(|(key, line, ..)| (*key, *line));
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let what = format!(
            "the architecture is listed twice, also in line {}; if isomorphic graphs have their own values, set same = \
             \"text\" in the space file",
            pair[0].1
        );
        return Err(wrong(pair[1].1, what));
    }
    if rows.is_empty() {
        return Err(wrong(1, "the table has no rows after the header".to_owned()));
    }
    let tests = test.map(|_| rows.iter().filter_map(|row| row.3).collect());
    let (keys, rewards) = rows.iter().map(|row| (row.0, row.2)).unzip();
    let test_name = test.map_or_else(|| "no test accuracy".to_owned(), |place| names[place].to_owned());
    Ok(Table::own(keys, rewards, tests, [column.to_owned(), test_name]))
}
