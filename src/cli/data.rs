//! `graphpnas data`: benchmark files, from what was released to tables that open at once.

use super::error::CliError;
use super::output;
use crate::evaluate::{self, Kind, Sheet};
use crate::space;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  graphpnas data convert nasbench_only108.tfrecord --space nasbench101 --out nasbench101.table
  graphpnas data convert NATS-tss-v1_0-3ffb9-simple --space nasbench201 --out nasbench201.table
  graphpnas data verify nasbench101.table
  graphpnas data info nasbench101.table --json
  graphpnas search nasbench101 --table nasbench101.table

Read are: the TFRecord files of NAS-Bench-101; the unpacked -simple folder of NATS-Bench's topology space, whose pickles
are read as data and never run; CSV files with the benchmark's columns; and the compact tables written here.
Not read are NATS-Bench and NAS-Bench-201 releases in one file (.pickle.pbz2, .pth), which cannot be read piece by piece,
and Parquet, which no benchmark is released as.";

/// Convert, check and describe benchmark files.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Convert(ConvertArgs),
    Verify(VerifyArgs),
    Info(InfoArgs),
}

/// Turn a benchmark's release into a compact table that `search --table` opens in milliseconds.
#[derive(Debug, clap::Args)]
struct ConvertArgs {
    /// The benchmark's file or folder; its kind is told by its content
    input: PathBuf,
    /// The space it is about: nasbench101 or nasbench201
    #[arg(long, value_name = "NAME")]
    space: String,
    /// File to write the compact table to; written whole or not at all
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Check every byte of a compact table against its checksums.
#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// The compact table
    file: PathBuf,
}

/// Say what a compact table holds.
#[derive(Debug, clap::Args)]
struct InfoArgs {
    /// The compact table
    file: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What a table holds.
#[derive(Serialize)]
struct Info {
    file: PathBuf,
    space: &'static str,
    architectures: usize,
    /// Architectures of the whole space.
    of: f64,
    bytes: u64,
    columns: Vec<ColumnInfo>,
}

#[derive(Serialize)]
struct ColumnInfo {
    name: String,
    least: f64,
    mean: f64,
    most: f64,
}

/// What a conversion did.
#[derive(Serialize)]
struct Converted {
    input: PathBuf,
    kind: &'static str,
    seconds: f64,
    table: Info,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Convert(args) => convert(args),
        Command::Verify(args) => verify(args),
        Command::Info(args) => info(args),
    }
}

fn convert(args: &ConvertArgs) -> Result<(), CliError> {
    let start = Instant::now();
    let kind = Kind::of(&args.input)?.name();
    let bar = bar();
    let sheet = evaluate::read(&args.input, &args.space, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let sheet = sheet?;
    let bytes = evaluate::write(&args.out, &sheet)?;
    let table = Info::of(&args.out, &sheet, bytes)?;
    if table.of > table.architectures as f64 {
        output::note("note: the table is partial; a search on it counts every other architecture as invalid");
    }
    let converted = Converted { input: args.input.clone(), kind, seconds: start.elapsed().as_secs_f64(), table };
    if args.json {
        return output::print(&output::json(&converted)?);
    }
    let Converted { kind, seconds, table, .. } = converted;
    let mut text = format!("read       {} ({kind})\n", args.input.display());
    let _ = writeln!(text, "written    {} ({} bytes) in {seconds:.2} s", args.out.display(), table.bytes);
    let _ = writeln!(text, "holds      {} of {} architectures of {}", table.architectures, table.of, table.space);
    output::print(&text)
}

fn verify(args: &VerifyArgs) -> Result<(), CliError> {
    let sheet = evaluate::verify(&args.file)?;
    let (rows, space, columns) = (sheet.rows(), sheet.space(), sheet.columns().len());
    output::print(&format!("{} is whole: {rows} architectures of {space}, {columns} columns\n", args.file.display()))
}

fn info(args: &InfoArgs) -> Result<(), CliError> {
    let sheet = evaluate::verify(&args.file)?;
    let bytes = std::fs::metadata(&args.file).map_or(0, |data| data.len());
    let info = Info::of(&args.file, &sheet, bytes)?;
    if args.json {
        return output::print(&output::json(&info)?);
    }
    let mut text = format!("table      {} ({} bytes)\n", info.file.display(), info.bytes);
    let _ = writeln!(text, "holds      {} of {} architectures of {}", info.architectures, info.of, info.space);
    let _ = writeln!(text, "{:<22}{:>16}{:>16}{:>16}", "column", "least", "mean", "most");
    for ColumnInfo { name, least, mean, most } in &info.columns {
        let _ = writeln!(text, "{name:<22}{least:>16.4}{mean:>16.4}{most:>16.4}");
    }
    output::print(&text)
}

impl Info {
    fn of(file: &Path, sheet: &Sheet, bytes: u64) -> Result<Self, CliError> {
        let space = space::by_name(sheet.space()).map_err(|error| CliError::Usage(error.to_string()))?;
        let columns = sheet.columns().iter().map(|column| ColumnInfo {
            name: column.name.clone(),
            least: column.values.iter().copied().fold(f64::INFINITY, f64::min),
            mean: column.values.iter().sum::<f64>() / column.values.len() as f64,
            most: column.values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        });
        let (columns, of) = (columns.collect(), space.size());
        Ok(Self { file: file.into(), space: sheet.space(), architectures: sheet.rows(), of, bytes, columns })
    }
}

/// A line on a terminal's stderr; its length is known after the first report.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent} %, {eta} left") {
        bar.set_style(style);
    }
    bar
}
