//! `graphpnas data convert` and `info`: converts benchmark releases to compact tables and describes tables.

use crate::cli::error::CliError;
use crate::cli::output;
use crate::evaluate::{self, BuiltIn, Sheet, TableFormat};
use crate::shown::Show;
use crate::space;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Convert a benchmark release to a compact table, which `search --table` opens in milliseconds.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  graphpnas data convert nasbench_only108.tfrecord --space nasbench101 --out nasbench101.table"
)]
pub(super) struct ConvertArgs {
    /// File or folder of the benchmark; its format is detected
    input: PathBuf,
    /// Search space of the benchmark: nasbench101 or nasbench201
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
    space: &'static str,
    architectures: usize,
    /// Number of architectures in the search space.
    of: f64,
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
    let bar = output::bar(1, "{bar:30} {percent} %{left}");
    let sheet = evaluate::read(&args.input, &args.space, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let sheet = sheet?;
    let bytes = evaluate::write(&args.out, &sheet)?;
    let table = Info::of(Some(&args.out), &sheet, bytes)?;
    if table.of > table.architectures as f64 {
        output::note("note: the table is incomplete; a search on it treats all other architectures as invalid");
    }
    let converted = Converted { input: args.input.clone(), kind, seconds: start.elapsed().as_secs_f64(), table };
    if args.json {
        return output::print(&output::json(&converted)?);
    }
    let Converted { kind, seconds, table, .. } = converted;
    let mut text = format!("read       {} ({kind})\n", args.input.shown());
    let _ = writeln!(text, "written    {} ({} bytes) in {seconds:.2} s", args.out.shown(), table.bytes);
    let _ = writeln!(text, "holds      {} of {} architectures of {}", table.architectures, table.of, table.space);
    output::print(&text)
}

/// Runs `info`.
pub(super) fn info(args: &InfoArgs) -> Result<(), CliError> {
    let info = match built_in(&args.file) {
        Some(table) => {
            Info { origin: Some(Origin::of(table)), ..Info::of(None, &table.sheet()?, table.bytes().len() as u64)? }
        }
        None => {
            let bytes = std::fs::metadata(&args.file).map_or(0, |data| data.len());
            Info::of(Some(&args.file), &evaluate::verify(&args.file)?, bytes)?
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
    let _ = writeln!(text, "holds      {} of {} architectures of {}", info.architectures, info.of, info.space);
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

    fn of(file: Option<&Path>, sheet: &Sheet, bytes: u64) -> Result<Self, CliError> {
        let space = space::open(sheet.space())?;
        let columns = sheet.columns().iter().map(|column| ColumnInfo {
            name: column.name.clone(),
            min: column.values.iter().copied().fold(f64::INFINITY, f64::min),
            mean: column.values.iter().sum::<f64>() / column.values.len() as f64,
            max: column.values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        });
        let (columns, of) = (columns.collect(), space.size());
        Ok(Self {
            file: file.map(Path::to_owned),
            origin: None,
            space: sheet.space(),
            architectures: sheet.rows(),
            of,
            bytes,
            columns,
        })
    }
}
