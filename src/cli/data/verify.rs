//! `graphpnas data verify`: reads everything there is to read.

use super::table::built_in;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::data::Dataset;
use crate::evaluate::{self, Sheet};
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas data verify data/cifar-10-batches-bin
  graphpnas data verify nasbench101.table --json";

/// Check a folder of images, every image of it, or every byte of a compact table against its checksums.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A data set's folder, a compact table, or the name of the built-in one: nasbench201
    path: PathBuf,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What a check found.
#[derive(Serialize)]
#[serde(untagged)]
enum Whole<'a> {
    Table { file: &'a Path, space: &'a str, architectures: usize, columns: usize },
    Images { folder: &'a Path, layout: &'a str, training: usize, test: usize, classes: usize, warnings: Vec<String> },
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    match built_in(&args.path) {
        Some(known) => table(&args.path, &known.sheet()?, args.json),
        None if args.path.is_dir() => folder(&args.path, args.json),
        None => table(&args.path, &evaluate::verify(&args.path)?, args.json),
    }
}

fn folder(folder: &Path, json: bool) -> Result<(), CliError> {
    let data = Dataset::open(folder).and_then(|data| data.check().map(|()| data));
    let data = data.map_err(|error| CliError::Failed(error.to_string()))?;
    let warnings: Vec<String> = data.warnings.iter().map(ToString::to_string).collect();
    for warning in &warnings {
        output::note(&format!("note: {warning}"));
    }
    let (training, test, classes) = (data.train.len(), data.test.len(), data.classes().len());
    tell(&Whole::Images { folder, layout: data.layout, training, test, classes, warnings }, json)
}

fn table(file: &Path, sheet: &Sheet, json: bool) -> Result<(), CliError> {
    let (space, architectures, columns) = (sheet.space(), sheet.rows(), sheet.columns().len());
    tell(&Whole::Table { file, space, architectures, columns }, json)
}

fn tell(whole: &Whole<'_>, json: bool) -> Result<(), CliError> {
    if json {
        return output::print(&output::json(whole)?);
    }
    output::print(&match whole {
        Whole::Table { file, space, architectures, columns } => {
            format!("{} is whole: {architectures} architectures of {space}, {columns} columns\n", file.display())
        }
        Whole::Images { folder, layout, training, test, classes, .. } => {
            let folder = folder.display();
            format!("{folder} reads well: {layout}, {training} training and {test} test images in {classes} classes\n")
        }
    })
}
