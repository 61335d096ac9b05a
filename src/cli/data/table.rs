//! `graphpnas data convert` and `info`: converts tables and benchmark releases to compact tables and describes tables.

use crate::cli::error::CliError;
use crate::cli::output;
use crate::evaluate::{self, Benchmark, BuiltIn, Sheet, TableFormat, TableSpace};
use crate::shown::Show;
use crate::space::{self, Space};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Convert a table or a benchmark release to a compact table, which `search --table` opens in milliseconds.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphpnas data convert nasbench_only108.tfrecord --space nasbench101 --out nasbench101.table\n  \
                  graphpnas data convert my.csv --space my.toml --out my.table"
)]
pub(super) struct ConvertArgs {
    /// CSV file of any space, or file or folder of a benchmark; the format is detected
    input: PathBuf,
    /// Search space of the table: a name, or a space file
    #[arg(long, value_name = "NAME")]
    space: String,
    /// Compact table to write; written completely or not at all
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Describe a compact table and, for a built-in one, the source of its values.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  graphpnas data info nasbench201\n  graphpnas data info nasbench101.table --json")]
pub(super) struct InfoArgs {
    /// Compact table, or the name of the built-in one: nasbench201 (./nasbench201 is a file of that name)
    file: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Contents of a table.
#[derive(Serialize)]
struct Info {
    /// `None` for a built-in table.
    file: Option<PathBuf>,
    #[serde(flatten)]
    origin: Option<Origin>,
    space: String,
    /// Digest of the definition of the space, for tables of spaces other than those of the benchmarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    architectures: usize,
    /// Number of architectures in the search space, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<f64>,
    bytes: u64,
    columns: Vec<ColumnInfo>,
}

/// Source of the values of a built-in table.
#[derive(Serialize)]
struct Origin {
    built_in: &'static str,
    source: &'static str,
    runs: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct ColumnInfo {
    name: String,
    min: f64,
    mean: f64,
    max: f64,
}

/// Result of a conversion.
#[derive(Serialize)]
struct Converted {
    input: PathBuf,
    kind: &'static str,
    seconds: f64,
    table: Info,
}

/// Runs `convert`.
pub(super) fn convert(args: &ConvertArgs) -> Result<(), CliError> {
    output::check(&args.out)?;
    let start = Instant::now();
    let kind = TableFormat::of(&args.input)?.name();
    let space = space::open(&args.space)?;
    let sheet = read(&args.input, &*space)?;
    let bytes = evaluate::write(&args.out, &sheet)?;
    let table = Info { of: Some(space.size()), ..Info::of(Some(&args.out), &sheet, bytes) };
    let is_complete = |all: f64| space.size_is_bound() || all <= table.architectures as f64;
    if !table.of.is_some_and(is_complete) {
        output::note("note: the table is incomplete; a search on it treats all other architectures as invalid");
    }
    let converted = Converted { input: args.input.clone(), kind, seconds: start.elapsed().as_secs_f64(), table };
    if args.json {
        return output::print(&output::json(&converted)?);
    }
    let Converted { kind, seconds, table, .. } = converted;
    let mut text = format!("read       {} ({kind})\n", args.input.shown());
    let _ = writeln!(text, "written    {} ({} bytes) in {seconds:.2} s", args.out.shown(), table.bytes);
    let _ = writeln!(text, "{}", table.content());
    output::print(&text)
}

/// Reads the table of a benchmark, or one of any other space, whose columns of texts are left out.
fn read(input: &Path, space: &dyn Space) -> Result<Sheet, CliError> {
    if Benchmark::datasets(space.reference()).is_empty() {
        let (sheet, texts) = evaluate::read_own(input, space)?;
        if !texts.is_empty() {
            output::note(&format!("note: columns that are not numbers are left out: {}", texts.join(", ")));
        }
        return Ok(sheet);
    }
    let bar = output::bar(1, "{bar:30} {percent} %{left}");
    let sheet = evaluate::read(input, space.reference(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    Ok(sheet?)
}

/// Runs `info`.
pub(super) fn info(args: &InfoArgs) -> Result<(), CliError> {
    let info = match built_in(&args.file) {
        Some(table) => {
            Info { origin: Some(Origin::of(table)), ..Info::of(None, &table.sheet()?, table.bytes().len() as u64) }
        }
        None => {
            let bytes = std::fs::metadata(&args.file).map_or(0, |data| data.len());
            Info::of(Some(&args.file), &evaluate::verify(&args.file)?, bytes)
        }
    };
    if args.json {
        return output::print(&output::json(&info)?);
    }
    let mut text = format!("table      {} ({} bytes)\n", info.name(), info.bytes);
    if let Some(Origin { source, runs, meaning, .. }) = &info.origin {
        // One sentence per line.
        let [runs, meaning] = [runs, meaning].map(|text| text.replace(". ", ".\n           "));
        let _ = writeln!(text, "source     {source}\nruns       {runs}\ncolumns    {meaning}");
    }
    let _ = writeln!(text, "{}", info.content());
    let _ = writeln!(text, "{:<22}{:>16}{:>16}{:>16}", "column", "min", "mean", "max");
    for ColumnInfo { name, min, mean, max } in &info.columns {
        let _ = writeln!(text, "{name:<22}{min:>16.4}{mean:>16.4}{max:>16.4}");
    }
    output::print(&text)
}

/// Returns the built-in table of this name.
pub(super) fn built_in(name: &Path) -> Option<&'static BuiltIn> {
    name.to_str().and_then(BuiltIn::of)
}

impl Origin {
    fn of(table: &BuiltIn) -> Self {
        Self { built_in: table.space, source: table.source, runs: table.runs, meaning: table.columns }
    }
}

impl Info {
    fn name(&self) -> String {
        match (&self.file, &self.origin) {
            (Some(file), _) => file.shown().to_string(),
            (None, Some(origin)) => format!("{}, built in", origin.built_in),
            (None, None) => String::new(),
        }
    }

    /// The number of architectures and their space.
    fn content(&self) -> String {
        let Self { architectures, space, .. } = self;
        let of = self.of.map_or_else(String::new, |of| format!(" of {of}"));
        let digest = self.digest.as_ref().map_or_else(String::new, |digest| format!(", digest {digest}"));
        format!("holds      {architectures}{of} architectures of {space}{digest}")
    }

    fn of(file: Option<&Path>, sheet: &Sheet, bytes: u64) -> Self {
        let TableSpace { name, digest } = sheet.space().clone();
        // An own space cannot be opened by the name in its table.
        let of = if digest.is_none() { space::open(&name).ok().map(|space| space.size()) } else { None };
        let columns = sheet.columns().iter().map(|column| ColumnInfo {
            name: column.name.clone(),
            min: column.values.iter().copied().fold(f64::INFINITY, f64::min),
            mean: column.values.iter().sum::<f64>() / column.values.len() as f64,
            max: column.values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        });
        Self {
            file: file.map(Path::to_owned),
            origin: None,
            space: name,
            digest,
            architectures: sheet.rows(),
            of,
            bytes,
            columns: columns.collect(),
        }
    }
}
