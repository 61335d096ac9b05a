//! `graphpnas data verify`: reads and checks a complete data set or table.

use super::table::built_in;
use crate::cli::error::CliError;
use crate::cli::height_width::HeightWidth;
use crate::cli::output;
use crate::data::{self, Check, OpenOptions, Part};
use crate::evaluate::{self, Sheet};
use crate::shown::Show;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas data verify data/cifar-10-batches-bin
  graphpnas data verify my-images --resize 48x64
  graphpnas data verify nasbench101.table --json

For a folder of images, this lists every unusable file with the reason, and the classes, counts and sizes.
The exit code is 1 if any file is unusable.";

/// Check every image of a folder, or a compact table against its checksums.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of a data set, compact table, or name of the built-in table: nasbench201
    path: PathBuf,
    /// Count the images of a different size, such as 48 or 48x64
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Result of checking a table.
#[derive(Serialize)]
struct Table<'a> {
    file: &'a Path,
    space: &'a str,
    architectures: usize,
    columns: usize,
}

/// Result of checking a folder of images.
#[derive(Serialize)]
struct Images<'a> {
    folder: String,
    layout: &'a str,
    /// Readable training images.
    training: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<usize>,
    test: usize,
    /// Number of classes.
    classes: usize,
    /// Names of the classes.
    names: &'a [String],
    /// Readable images per class, in the order of `names`.
    counts: Vec<Counts<'a>>,
    sizes: Vec<SizeCount>,
    bad: Vec<Bad>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Counts<'a> {
    part: String,
    images: &'a [usize],
}

#[derive(Serialize)]
struct SizeCount {
    height: usize,
    width: usize,
    images: usize,
}

#[derive(Serialize)]
struct Bad {
    /// The file or folder; `None` if the reason names several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    reason: String,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    match built_in(&args.path) {
        Some(known) => table(&args.path, &known.sheet()?, args.json),
        None if args.path.is_dir() => folder(args),
        None => table(&args.path, &evaluate::verify(&args.path)?, args.json),
    }
}

fn folder(args: &Args) -> Result<(), CliError> {
    let options = OpenOptions { resize: args.resize.map(HeightWidth::pair), ..OpenOptions::default() };
    let check = data::check(&args.path, &options).map_err(|error| CliError::Failed(error.to_string()))?;
    let warnings: Vec<String> = check.warnings.iter().map(ToString::to_string).collect();
    for warning in &warnings {
        output::note(&format!("note: {warning}"));
    }
    let folder = args.path.shown();
    output::print(&match args.json {
        true => output::json(&Images::of(&check, folder.to_string(), warnings))?,
        false => describe(&check, &folder.to_string()),
    })?;
    match check.bad.len() {
        0 => Ok(()),
        1 => Err(CliError::InvalidInputs(format!("{folder}: 1 file or folder cannot be used; it is listed above"))),
        bad => Err(CliError::InvalidInputs(format!(
            "{folder}: {bad} files or folders cannot be used; they are listed above"
        ))),
    }
}

fn table(file: &Path, sheet: &Sheet, json: bool) -> Result<(), CliError> {
    let (space, architectures, columns) = (sheet.space().name.as_str(), sheet.rows(), sheet.columns().len());
    if json {
        return output::print(&output::json(&Table { file, space, architectures, columns })?);
    }
    let file = file.shown();
    output::print(&format!("{file} is valid: {architectures} architectures of {space}, {columns} columns\n"))
}

/// Number of readable images of a part; `None` if there is no such part.
fn images(check: &Check, part: Part) -> Option<usize> {
    check.parts.iter().find(|(name, _)| *name == part).map(|(_, counts)| counts.iter().sum())
}

impl<'a> Images<'a> {
    fn of(check: &'a Check, folder: String, warnings: Vec<String>) -> Self {
        let sized = |((height, width), images): &((usize, usize), usize)| SizeCount {
            height: *height,
            width: *width,
            images: *images,
        };
        let bad = |error: &data::DataError| Bad {
            file: error.path().map(|path| path.shown().to_string()),
            reason: error.to_string(),
        };
        let counts = |(part, images): &'a (Part, Vec<usize>)| Counts { part: part.to_string(), images };
        Self {
            folder,
            layout: check.layout,
            training: images(check, Part::Training).unwrap_or_default(),
            validation: images(check, Part::Validation),
            test: images(check, Part::Test).unwrap_or_default(),
            classes: check.classes.len(),
            names: &check.classes,
            counts: check.parts.iter().map(counts).collect(),
            sizes: check.sizes.iter().map(sized).collect(),
            bad: check.bad.iter().map(bad).collect(),
            warnings,
        }
    }
}

fn describe(check: &Check, folder: &str) -> String {
    let mut text = String::new();
    for error in &check.bad {
        let _ = writeln!(text, "bad        {error}");
    }
    if !check.parts.is_empty() {
        describe_classes(&mut text, check);
        describe_sizes(&mut text, check);
    }
    if check.bad.is_empty() {
        let parts = check.parts.iter().map(|(part, counts)| format!("{} {part}", counts.iter().sum::<usize>()));
        let parts: Vec<_> = parts.collect();
        let (parts, layout, classes) = (and(&parts), check.layout, check.classes.len());
        let split = if check.is_one_part { ", a fifth of each class for testing" } else { "" };
        let _ = writeln!(text, "{folder} is valid: {layout}, {parts} images in {classes} classes{split}");
    }
    text
}

/// Joins parts as `a`, `a and b`, `a, b and c`.
fn and(parts: &[String]) -> String {
    match parts {
        [before, last] => format!("{before} and {last}"),
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}

/// Writes one line per class with the number of images in each part.
fn describe_classes(text: &mut String, check: &Check) {
    let width = check.classes.iter().map(|name| name.chars().count()).max().unwrap_or_default().max(5);
    let heads: String = check.parts.iter().map(|(part, _)| format!("{part:>12}")).collect();
    let _ = writeln!(text, "class      {:<width$}{heads}", "");
    for (class, name) in check.classes.iter().enumerate() {
        let count = |counts: &Vec<usize>| counts.get(class).copied().unwrap_or_default();
        let counts: String = check.parts.iter().map(|(_, counts)| format!("{:>12}", count(counts))).collect();
        let _ = writeln!(text, "           {name:<width$}{counts}");
    }
}

/// Number of sizes listed individually.
const SIZES: usize = 12;

fn describe_sizes(text: &mut String, check: &Check) {
    let _ = writeln!(text, "sizes      height x width");
    for ((height, width), images) in check.sizes.iter().take(SIZES) {
        let size = format!("{height}x{width}");
        let _ = writeln!(text, "           {size:<12}{images:>8} images");
    }
    let rest: usize = check.sizes.iter().skip(SIZES).map(|(_, images)| images).sum();
    if rest > 0 {
        let _ = writeln!(text, "           {} more sizes{rest:>8} images", check.sizes.len() - SIZES);
    }
    if check.sizes.len() > 1 {
        let _ = writeln!(text, "           use --resize with search and train to scale them to one size");
    }
}
