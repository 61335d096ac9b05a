//! Which kind of benchmark file one is, told by its content, and reading it.

use super::columns::Benchmark;
use super::error::{OTHER_FILE, Place, TableError};
use super::sheet::Sheet;
use super::{compact, csv_table, nasbench101, nats, tfrecord};
use crate::formats::{self, Kind as Foreign, Purpose};
use crate::space;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Is told how much of how much was read.
pub type Watch<'a> = &'a mut dyn FnMut(u64, u64);

/// A kind of benchmark file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A CSV file with the benchmark's columns.
    Csv,
    /// A compact table ([`super::write`]).
    Compact,
    /// The TFRecord file of NAS-Bench-101.
    TfRecord,
    /// The folder of NATS-Bench's topology space.
    Nats,
}

impl Kind {
    /// The kind of what is at `path`; what nothing else fits is taken for CSV, whose reader says what is wrong.
    ///
    /// # Errors
    /// When it cannot be read, or has a format that is known and refused.
    pub fn of(path: &Path) -> Result<Self, TableError> {
        if path.is_dir() {
            return Ok(Self::Nats);
        }
        // A pipe can be read only once, and a run reads its table again when it goes on.
        if let Some(kind) = formats::of_file(path).filter(|kind| !may_be_release(*kind)) {
            let what = format!("this is {}", kind.name());
            return Err(TableError::content(path, Place::Whole, what, kind.remedy(Purpose::Table)));
        }
        let mut head = Vec::new();
        let file = File::open(path).map_err(TableError::read(path))?;
        file.take(16).read_to_end(&mut head).map_err(TableError::read(path))?;
        match &head[..] {
            head if head.starts_with(compact::MAGIC) => Ok(Self::Compact),
            head if tfrecord::begins(head) => Ok(Self::TfRecord),
            head => refused(head)
                .map_or(Ok(Self::Csv), |(what, remedy)| Err(TableError::content(path, Place::Whole, what, remedy))),
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Compact => "compact table",
            Self::TfRecord => "TFRecord",
            Self::Nats => "NATS-Bench folder",
        }
    }
}

/// Kinds of files that releases of benchmarks come in too.
fn may_be_release(kind: Foreign) -> bool {
    matches!(kind, Foreign::Torch | Foreign::Pickle | Foreign::Archive | Foreign::Compressed)
}

/// What is said of formats that are recognised but not read.
fn refused(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const FOLDER: &str = "give the unpacked folder of the -simple release, NATS-tss-v1_0-3ffb9-simple";
    match head {
        [b'B', b'Z', b'h', ..] => Some(("a release in one compressed pickle cannot be read piece by piece", FOLDER)),
        [b'P', b'K', 3, 4, ..] | [0x80, 2..=5, ..] => {
            Some(("a release in one torch or pickle file cannot be read piece by piece", FOLDER))
        }
        _ if head.iter().any(|byte| *byte < b'\t') => {
            Some(("this is no CSV file, no compact table and no whole TFRecord file", "fetch it again or give another"))
        }
        _ => None,
    }
}

/// Reads a benchmark's file of any kind with all its columns.
///
/// # Errors
/// A space without a benchmark, an unreadable file, or content that is not the complete, well-formed benchmark.
pub fn read(path: &Path, space: &str, watch: Watch<'_>) -> Result<Sheet, TableError> {
    read_columns(path, Benchmark::of_space(space)?, |_| true, watch)
}

/// Reads a compact table, whatever its space, and checks every byte of it.
///
/// # Errors
/// An unreadable file, or one that is no compact table or a damaged one.
pub fn verify(path: &Path) -> Result<Sheet, TableError> {
    if let Some(what) = other_than_compact(path)? {
        return Err(TableError::content(path, Place::Whole, what, READS));
    }
    let sheet = compact::read(path, |_| true)?;
    check(path, Benchmark::of_space(sheet.space)?, sheet)
}

const READS: &str = "compact tables are read here, which `graphpnas data convert` makes of a benchmark's release, and the \
                     built-in one, nasbench201; `graphpnas data verify` reads folders of images too";

/// What there is where a compact table is wanted; none of one, whole or cut off.
fn other_than_compact(path: &Path) -> Result<Option<&'static str>, TableError> {
    let kind = Kind::of(path)?;
    if kind != Kind::Csv {
        return Ok(match kind {
            Kind::Nats => Some("this is a folder, no compact table"),
            Kind::TfRecord => Some("this is a TFRecord file, no compact table"),
            Kind::Csv | Kind::Compact => None,
        });
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(TableError::read(path))?;
    file.take(HEAD).read_to_end(&mut head).map_err(TableError::read(path))?;
    let header = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let of_benchmark =
        |space: &str| Benchmark::of_space(space).is_ok_and(|benchmark| benchmark.header.as_bytes() == header);
    Ok(match &head[..] {
        [] => Some("this is an empty file, no table and no data set"),
        head if compact::MAGIC.starts_with(head) => None,
        _ if space::names().iter().any(|space| of_benchmark(space)) => {
            Some("this is a benchmark's CSV file, no compact table")
        }
        head if is_text(head) => Some("this is a text file, no table and no data set"),
        _ => Some("this is a file of no kind that is known, no table and no data set"),
    })
}

/// Bytes of a file whose kind is told.
const HEAD: u64 = 4096;

/// Whether bytes are text; a letter may be cut at their end.
fn is_text(head: &[u8]) -> bool {
    let whole = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    whole && !head.iter().any(|byte| *byte < b' ' && !byte.is_ascii_whitespace())
}

/// Reads at least the columns that `wanted` picks.
pub(super) fn read_columns(
    path: &Path,
    benchmark: Benchmark,
    wanted: impl Fn(&str) -> bool,
    watch: Watch<'_>,
) -> Result<Sheet, TableError> {
    let kind = Kind::of(path)?;
    let fits = |space| if benchmark.space == space { Ok(()) } else { Err(other_space(path, space, benchmark.space)) };
    let sheet = match kind {
        Kind::Csv => csv_table::read(path, benchmark)?,
        Kind::Compact => compact::read(path, wanted)?,
        Kind::TfRecord => fits(space::nasbench101::NAME).and_then(|()| nasbench101::read(path, watch))?,
        Kind::Nats => fits(space::nasbench201::NAME).and_then(|()| nats::read(path, watch))?,
    };
    fits(sheet.space)?;
    check(path, benchmark, sheet)
}

fn other_space(path: &Path, found: &str, asked: &str) -> TableError {
    TableError::content(path, Place::Whole, format!("the table is one of {found}, not of {asked}"), OTHER_FILE)
}

/// What must hold of every table, however it was stored.
pub(super) fn check(path: &Path, benchmark: Benchmark, sheet: Sheet) -> Result<Sheet, TableError> {
    let wrong = |what: String| Err(TableError::content(path, Place::Whole, what, OTHER_FILE));
    match (sheet.rows(), benchmark.complete) {
        (0, _) => return wrong("the table has no rows".into()),
        (rows, Some(all)) if rows != all => return wrong(format!("the table has {rows} of {all} architectures")),
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
