//! Detects the format of a benchmark file by its content, and reads it.

use super::columns::Benchmark;
use super::error::{OTHER_FILE, Position, TableError};
use super::progress::Progress;
use super::sheet::{Sheet, TableSpace};
use super::{compact, csv_table, nasbench101, nats, tfrecord};
use crate::formats::{self, FileFormat, Purpose};
use crate::space;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The format of a benchmark file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// A CSV file with the benchmark's columns.
    Csv,
    /// A compact table ([`super::write`]).
    Compact,
    /// The TFRecord file of NAS-Bench-101.
    TfRecord,
    /// The folder of the NATS-Bench topology space.
    Nats,
}

impl TableFormat {
    /// Detects the format of the file at `path`. An unknown format is treated as CSV, whose reader reports errors.
    ///
    /// # Errors
    /// The file cannot be read, or has a known but unsupported format.
    pub fn of(path: &Path) -> Result<Self, TableError> {
        if path.is_dir() {
            return Ok(Self::Nats);
        }
        // Includes pipes, because a resumed run has to read its table again.
        if let Some(kind) = formats::detect(path).filter(|kind| !may_be_release(*kind)) {
            let what = format!("this is {}", kind.name());
            return Err(TableError::content(path, Position::File, what, kind.remedy(Purpose::Table)));
        }
        let mut head = Vec::new();
        let file = File::open(path).map_err(TableError::read(path))?;
        file.take(16).read_to_end(&mut head).map_err(TableError::read(path))?;
        match &head[..] {
            head if head.starts_with(compact::MAGIC) => Ok(Self::Compact),
            head if tfrecord::is_start_of(head) => Ok(Self::TfRecord),
            head => refused(head)
                .map_or(Ok(Self::Csv), |(what, remedy)| Err(TableError::content(path, Position::File, what, remedy))),
        }
    }

    /// Human-readable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Compact => "compact table",
            Self::TfRecord => "TFRecord",
            Self::Nats => "NATS-Bench folder",
        }
    }
}

/// Formats that benchmark releases use too.
fn may_be_release(kind: FileFormat) -> bool {
    matches!(kind, FileFormat::Torch | FileFormat::Pickle | FileFormat::Archive | FileFormat::Compressed)
}

/// Returns the problem and the remedy for known but unsupported benchmark formats.
fn refused(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const FOLDER: &str = "give the unpacked folder of the -simple release, NATS-tss-v1_0-3ffb9-simple";
    match head {
        [b'B', b'Z', b'h', ..] => Some(("a release in a single compressed pickle is not supported", FOLDER)),
        [b'P', b'K', 3, 4, ..] | [0x80, 2..=5, ..] => {
            Some(("a release in a single torch or pickle file is not supported", FOLDER))
        }
        _ if head.iter().any(|byte| *byte < b'\t') => Some((
            "this is not a CSV file, a compact table or a complete TFRecord file",
            "fetch it again or give another file",
        )),
        _ => None,
    }
}

/// Reads all columns of a benchmark file of any format.
///
/// # Errors
/// A space without tables, an unreadable file, or content that is not the complete, valid benchmark.
pub fn read(path: &Path, space: &str, progress: Progress<'_>) -> Result<Sheet, TableError> {
    read_columns(path, Benchmark::of_space(space)?, |_| true, progress)
}

/// Reads a compact table of any space and verifies all checksums. Without the space, the keys of an own table cannot be
/// compared with its architectures.
///
/// # Errors
/// An unreadable file, or one that is not a valid compact table.
pub fn verify(path: &Path) -> Result<Sheet, TableError> {
    if let Some(what) = other_than_compact(path)? {
        return Err(TableError::content(path, Position::File, what, READS));
    }
    let sheet = compact::read(path, |_| true)?;
    match sheet.space.digest {
        Some(_) => check_own(path, sheet),
        None => check(path, Benchmark::of_space(&sheet.space.name)?, sheet),
    }
}

const READS: &str = "give a compact table, which `graphpnas data convert` makes from a table or a benchmark's release, or the \
                     built-in table nasbench201; `graphpnas data verify` also checks folders of images";

/// Describes a file that is not a compact table; `None` for a compact table, complete or cut off.
fn other_than_compact(path: &Path) -> Result<Option<&'static str>, TableError> {
    let kind = TableFormat::of(path)?;
    if kind != TableFormat::Csv {
        return Ok(match kind {
            TableFormat::Nats => Some("this is a folder, not a compact table"),
            TableFormat::TfRecord => Some("this is a TFRecord file, not a compact table"),
            TableFormat::Csv | TableFormat::Compact => None,
        });
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(TableError::read(path))?;
    file.take(HEAD).read_to_end(&mut head).map_err(TableError::read(path))?;
    let header = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let has_header =
        |space: &str| Benchmark::of_space(space).is_ok_and(|benchmark| benchmark.header.as_bytes() == header);
    Ok(match &head[..] {
        [] => Some("this is an empty file, not a table or a data set"),
        head if compact::MAGIC.starts_with(head) => None,
        _ if space::names().iter().any(|space| has_header(space)) => {
            Some("this is a benchmark's CSV file, not a compact table")
        }
        head if is_text(head) => Some("this is a text file, not a table or a data set"),
        _ => Some("this is a file of unknown format, not a table or a data set"),
    })
}

/// Bytes of a file to examine.
const HEAD: u64 = 4096;

/// Whether the bytes are UTF-8 text; the last character may be cut off.
fn is_text(head: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !head.iter().any(|byte| *byte < b' ' && !byte.is_ascii_whitespace())
}

/// Reads at least the columns that `wanted` selects.
pub(super) fn read_columns(
    path: &Path,
    benchmark: Benchmark,
    wanted: impl Fn(&str) -> bool,
    progress: Progress<'_>,
) -> Result<Sheet, TableError> {
    let kind = TableFormat::of(path)?;
    let asked = TableSpace::benchmark(benchmark.space);
    let fits = |space: &TableSpace| if *space == asked { Ok(()) } else { Err(other_space(path, space, &asked)) };
    let releases = |space: &str| fits(&TableSpace::benchmark(space));
    let sheet = match kind {
        TableFormat::Csv => csv_table::read(path, benchmark)?,
        TableFormat::Compact => compact::read(path, wanted)?,
        TableFormat::TfRecord => releases(space::nasbench101::NAME).and_then(|()| nasbench101::read(path, progress))?,
        TableFormat::Nats => releases(space::nasbench201::NAME).and_then(|()| nats::read(path, progress))?,
    };
    fits(&sheet.space)?;
    check(path, benchmark, sheet)
}

/// The error of a table of another space.
pub(super) fn other_space(path: &Path, found: &TableSpace, asked: &TableSpace) -> TableError {
    TableError::content(path, Position::File, format!("the table is for {found}, not for {asked}"), OTHER_FILE)
}

/// Checks a compact table of an own space: it has rows, and all values are finite.
pub(super) fn check_own(path: &Path, sheet: Sheet) -> Result<Sheet, TableError> {
    let wrong = |what: String| Err(TableError::content(path, Position::File, what, OTHER_FILE));
    if sheet.rows() == 0 {
        return wrong("the table has no rows".into());
    }
    for column in &sheet.columns {
        if let Some(value) = column.values.iter().find(|value| !value.is_finite()) {
            return wrong(format!("{value} in the column {} is not a finite number", column.name));
        }
    }
    Ok(sheet)
}

/// Checks a benchmark's table of any format: the number of rows and the range of accuracies.
pub(super) fn check(path: &Path, benchmark: Benchmark, sheet: Sheet) -> Result<Sheet, TableError> {
    let wrong = |what: String| Err(TableError::content(path, Position::File, what, OTHER_FILE));
    match (sheet.rows(), benchmark.complete) {
        (0, _) => return wrong("the table has no rows".into()),
        (rows, Some(all)) if rows != all => return wrong(format!("the table has only {rows} of {all} architectures")),
        _ => {}
    }
    let most = 100.0 / benchmark.percent;
    for column in sheet.columns.iter().filter(|column| Benchmark::is_accuracy(&column.name)) {
        if let Some(value) = column.values.iter().find(|value| !(0.0..=most).contains(*value)) {
            return wrong(format!("{value} in the column {} is not an accuracy", column.name));
        }
    }
    Ok(sheet)
}
